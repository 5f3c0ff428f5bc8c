// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import org.eclipse.leshan.core.util.Hex;
import org.eclipse.leshan.server.bootstrap.BootstrapConfig;
import org.eclipse.leshan.server.bootstrap.InMemoryBootstrapConfigStore;
import org.eclipse.leshan.server.security.InMemorySecurityStore;
import org.eclipse.leshan.server.security.SecurityInfo;

/**
 * An LwM2M bootstrap server on Leshan's libraries, whose bootstrap demo server is not published. What differs between
 * generations is in {@link Generation}; this file is compiled against each.
 *
 * <p>Arguments: CoAP port, CoAPs port, web port, all on 127.0.0.1. Nothing is written to disk. Calls:
 * {@code POST /api/bootstrap/<endpoint>} with a configuration in the form of {@link BootstrapConfig},
 * {@code GET /api/bootstrap}, {@code PUT /api/security/clients/}, {@code GET /api/event?ep=<endpoint>}.
 */
public final class Bootstrap extends Http {
    private final InMemoryBootstrapConfigStore configurations = new InMemoryBootstrapConfigStore();
    private final InMemorySecurityStore keys = new InMemorySecurityStore();

    private Bootstrap(Broadcast stream) {
        super(stream);
    }

    public static void main(String[] arguments) throws Exception {
        InetAddress loopback = InetAddress.getByName("127.0.0.1");
        int coap = Integer.parseInt(arguments[0]);
        int coaps = Integer.parseInt(arguments[1]);
        int web = Integer.parseInt(arguments[2]);

        Broadcast stream = new Broadcast();
        Bootstrap bootstrap = new Bootstrap(stream);
        Generation.start(new InetSocketAddress(loopback, coap), new InetSocketAddress(loopback, coaps),
                bootstrap.configurations, bootstrap.keys, Sessions.listener(stream));
        bootstrap.serve(new InetSocketAddress(loopback, web));
    }

    @Override
    String dispatch(HttpExchange exchange, List<String> path) throws Exception {
        switch (exchange.getRequestMethod() + " " + path.get(0)) {
            case "GET bootstrap":
                return mapper.valueToTree(configurations.getAll().keySet()).toString();
            case "POST bootstrap":
                configure(path.get(1), mapper.readValue(exchange.getRequestBody(), BootstrapConfig.class));
                return "";
            case "PUT security":
                store(mapper.readTree(exchange.getRequestBody()));
                return "";
            default:
                throw new BadCall("no such call");
        }
    }

    private void configure(String endpoint, BootstrapConfig configuration) throws Exception {
        configurations.remove(endpoint);
        configurations.add(endpoint, configuration);
    }

    private void store(JsonNode body) throws Exception {
        String endpoint = body.path("endpoint").asText();
        JsonNode psk = body.path("psk");
        keys.remove(endpoint, false);
        keys.add(SecurityInfo.newPreSharedKeyInfo(endpoint, psk.path("identity").asText(),
                Hex.decodeHex(psk.path("key").asText().toCharArray())));
    }
}
