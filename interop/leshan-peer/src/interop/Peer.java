// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.leshan.core.endpoint.Protocol;
import org.eclipse.leshan.core.model.ObjectLoader;
import org.eclipse.leshan.core.model.ObjectModel;
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
    /** Objects beyond those of the libraries; the definitions are in the demo server's jar. */
    private static final String[] MORE = {"10-1_0.xml", "10.xml", "11-1_0.xml", "11.xml", "16.xml", "10250.xml"};

    private Peer() {
    }

    public static void main(String[] arguments) throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        int coap = Integer.parseInt(arguments[0]);
        int coaps = Integer.parseInt(arguments[1]);
        int web = Integer.parseInt(arguments[2]);

        List<ObjectModel> models = ObjectLoader.loadAllDefault();
        models.addAll(ObjectLoader.loadDdfResources("/models/", MORE));
        InMemorySecurityStore security = new InMemorySecurityStore();
        LeshanServer server = new LeshanServerBuilder()
                .setObjectModelProvider(new VersionedModelProvider(models))
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
