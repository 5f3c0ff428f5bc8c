// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Server-sent events: each goes to the readers of its endpoint. */
class Broadcast {
    private static final String QUERY = "ep=";

    private final List<Reader> readers = new CopyOnWriteArrayList<>();

    private static final class Reader {
        private final String endpoint;
        private final OutputStream out;

        Reader(String endpoint, OutputStream out) {
            this.endpoint = endpoint;
            this.out = out;
        }
    }

    /** Keeps the exchange open; it ends with the process or its reader. */
    void attach(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        out.write(": open\n\n".getBytes(StandardCharsets.UTF_8));
        out.flush();
        readers.add(new Reader(exchange.getRequestURI().getQuery().substring(QUERY.length()), out));
    }

    synchronized void send(String endpoint, String name, JsonNode data) {
        byte[] text = ("event: " + name + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
        for (Reader reader : readers) {
            if (!reader.endpoint.equals(endpoint)) {
                continue;
            }
            try {
                reader.out.write(text);
                reader.out.flush();
            } catch (IOException gone) {
                readers.remove(reader);
            }
        }
    }
}
