// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import java.net.InetSocketAddress;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.server.bootstrap.BootstrapConfigStore;
import org.eclipse.leshan.server.bootstrap.BootstrapSessionListener;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServer;
import org.eclipse.leshan.server.bootstrap.LeshanBootstrapServerBuilder;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.CaliforniumBootstrapServerEndpointsProvider;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.coap.CoapBootstrapServerProtocolProvider;
import org.eclipse.leshan.server.californium.bootstrap.endpoint.coaps.CoapsBootstrapServerProtocolProvider;
import org.eclipse.leshan.server.security.BootstrapSecurityStoreAdapter;
import org.eclipse.leshan.server.security.SecurityStore;

/** Makes the server with 2.0.0-M15. */
final class Generation {
    private Generation() {
    }

    static void start(InetSocketAddress coap, InetSocketAddress coaps, BootstrapConfigStore configurations,
            SecurityStore keys, BootstrapSessionListener listener) {
        CaliforniumBootstrapServerEndpointsProvider.Builder endpoints =
                new CaliforniumBootstrapServerEndpointsProvider.Builder(new CoapBootstrapServerProtocolProvider(),
                        new CoapsBootstrapServerProtocolProvider());
        endpoints.setConfiguration(endpoints.createDefaultConfiguration());
        endpoints.addEndpoint(coap, Protocol.COAP);
        endpoints.addEndpoint(coaps, Protocol.COAPS);
        LeshanBootstrapServer server = new LeshanBootstrapServerBuilder()
                .setConfigStore(configurations)
                .setSecurityStore(new BootstrapSecurityStoreAdapter(keys))
                .setEndpointsProviders(endpoints.build())
                .build();
        server.addListener(listener);
        server.start();
    }
}
