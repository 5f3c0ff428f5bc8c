// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.Iterator;
import org.eclipse.leshan.server.bootstrap.BootstrapConfigStore;
import org.eclipse.leshan.server.bootstrap.BootstrapSessionListener;
import org.eclipse.leshan.server.californium.bootstrap.LeshanBootstrapServer;
import org.eclipse.leshan.server.californium.bootstrap.LeshanBootstrapServerBuilder;
import org.eclipse.leshan.server.security.BootstrapSecurityStore;
import org.eclipse.leshan.server.security.SecurityInfo;
import org.eclipse.leshan.server.security.SecurityStore;

/** Makes the server with 2.0.0-M4. */
final class Generation {
    private Generation() {
    }

    static void start(InetSocketAddress coap, InetSocketAddress coaps, BootstrapConfigStore configurations,
            SecurityStore keys, BootstrapSessionListener listener) {
        LeshanBootstrapServerBuilder builder = new LeshanBootstrapServerBuilder();
        LeshanBootstrapServer server = builder
                .setLocalAddress(coap)
                .setLocalSecureAddress(coaps)
                .setConfigStore(configurations)
                .setSecurityStore(new Keys(keys))
                .setCoapConfig(builder.createDefaultNetworkConfig())
                .build();
        server.addListener(listener);
        server.start();
    }

    private static final class Keys implements BootstrapSecurityStore {
        private final SecurityStore store;

        Keys(SecurityStore store) {
            this.store = store;
        }

        @Override
        public Iterator<SecurityInfo> getAllByEndpoint(String endpoint) {
            SecurityInfo found = store.getByEndpoint(endpoint);
            // Null tells the checker that plain CoAP is allowed.
            return found == null ? null : Collections.singleton(found).iterator();
        }

        @Override
        public SecurityInfo getByIdentity(String identity) {
            return store.getByIdentity(identity);
        }
    }
}
