// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.LeshanServerBuilder;
import org.eclipse.leshan.server.model.VersionedModelProvider;
import org.eclipse.leshan.servers.security.InMemorySecurityStore;
import org.eclipse.leshan.transport.californium.server.endpoint.CaliforniumServerEndpointsProvider;
import org.eclipse.leshan.transport.californium.server.endpoint.coap.CoapServerProtocolProvider;
import org.eclipse.leshan.transport.californium.server.endpoint.coaps.CoapsServerProtocolProvider;

/**
 * An LwM2M server on the current Leshan libraries, whose demo server is not published in this version.
 * Its REST interface speaks the part of the older demo server's that the harness uses.
 *
 * <p>Arguments: CoAP port, CoAPs port, web port, all on 127.0.0.1. Nothing is written to disk.
 */
public final class Peer {
    private Peer() {
    }

    public static void main(String[] arguments) throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        int coap = Integer.parseInt(arguments[0]);
        int coaps = Integer.parseInt(arguments[1]);
        int web = Integer.parseInt(arguments[2]);

        InMemorySecurityStore security = new InMemorySecurityStore();
        LeshanServer server = new LeshanServerBuilder()
                .setObjectModelProvider(new VersionedModelProvider(ObjectLoader.loadAllDefault()))
                .setSecurityStore(security)
                .setEndpointsProviders(endpoints(loopback, coap, coaps))
                .build();
        Stream stream = new Stream(server);
        server.start();
        stream.traceMessages();
        new Rest(server, security, stream).serve(new InetSocketAddress(loopback, web));
    }

    private static CaliforniumServerEndpointsProvider endpoints(InetAddress host, int coap, int coaps) {
        CaliforniumServerEndpointsProvider.Builder builder = new CaliforniumServerEndpointsProvider.Builder(
                new CoapServerProtocolProvider(), new CoapsServerProtocolProvider());
        builder.setConfiguration(builder.createDefaultConfiguration());
        builder.addEndpoint(new InetSocketAddress(host, coap), Protocol.COAP);
        builder.addEndpoint(new InetSocketAddress(host, coaps), Protocol.COAPS);
        return builder.build();
    }
}
