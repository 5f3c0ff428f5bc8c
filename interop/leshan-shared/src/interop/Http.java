// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;

/** The REST interface below /api: calls go to {@link #dispatch}, /api/event?ep= to the stream of events. */
abstract class Http {
    private static final String ROOT = "/api/";

    protected final ObjectMapper mapper = new ObjectMapper();
    private final Broadcast stream;

    Http(Broadcast stream) {
        this.stream = stream;
    }

    /** A request nobody can answer: its text goes back with status 400. */
    static final class BadCall extends Exception {
        private static final long serialVersionUID = 1L;

        BadCall(String why) {
            super(why);
        }
    }

    /** The body of the answer; any exception but {@link BadCall} becomes status 500. */
    abstract String dispatch(HttpExchange exchange, List<String> path) throws Exception;

    void serve(InetSocketAddress address) throws IOException {
        HttpServer http = HttpServer.create(address, 0);
        http.setExecutor(Executors.newCachedThreadPool());
        http.createContext(ROOT, this::handle);
        http.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        List<String> path = Arrays.asList(exchange.getRequestURI().getPath().substring(ROOT.length()).split("/"));
        try {
            if (path.get(0).equals("event")) {
                stream.attach(exchange);
                return;
            }
            answer(exchange, 200, dispatch(exchange, path));
        } catch (BadCall call) {
            answer(exchange, 400, call.getMessage());
        } catch (Exception failure) {
            answer(exchange, 500, failure.toString());
        }
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }
}
