// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.californium.core.coap.Response;
import org.eclipse.californium.core.network.interceptors.MessageInterceptor;
import org.eclipse.leshan.core.observation.CompositeObservation;
import org.eclipse.leshan.core.observation.Observation;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.response.ObserveCompositeResponse;
import org.eclipse.leshan.core.response.ObserveResponse;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.endpoint.LwM2mServerEndpoint;
import org.eclipse.leshan.server.observation.ObservationListener;
import org.eclipse.leshan.server.registration.Registration;
import org.eclipse.leshan.server.registration.RegistrationListener;
import org.eclipse.leshan.server.registration.RegistrationUpdate;
import org.eclipse.leshan.transport.californium.server.endpoint.CaliforniumServerEndpoint;

/** Server-sent events: registrations, notifications, and each response a device sent. */
final class Stream {
    private final LeshanServer server;
    private final List<OutputStream> readers = new CopyOnWriteArrayList<>();

    Stream(LeshanServer server) {
        this.server = server;
        server.getRegistrationService().addListener(new Registrations());
        server.getObservationService().addListener(new Notifications());
    }

    /** Call after the server's start: endpoints exist from then on. */
    void traceMessages() {
        for (LwM2mServerEndpoint endpoint : server.getEndpoints()) {
            ((CaliforniumServerEndpoint) endpoint).getCoapEndpoint().addInterceptor(new MessageInterceptor() {
                @Override
                public void receiveResponse(Response response) {
                    ObjectNode data = JsonNodeFactory.instance.objectNode();
                    data.put("code", response.getCode().toString());
                    data.put("payload", response.getPayloadString());
                    send("COAPLOG", data);
                }
            });
        }
    }

    /** Keeps the exchange open; it ends with the process or its reader. */
    void attach(HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream out = exchange.getResponseBody();
        out.write(": open\n\n".getBytes(StandardCharsets.UTF_8));
        out.flush();
        readers.add(out);
    }

    private synchronized void send(String name, JsonNode data) {
        byte[] text = ("event: " + name + "\ndata: " + data + "\n\n").getBytes(StandardCharsets.UTF_8);
        for (OutputStream reader : readers) {
            try {
                reader.write(text);
                reader.flush();
            } catch (IOException gone) {
                readers.remove(reader);
            }
        }
    }

    private final class Registrations implements RegistrationListener {
        @Override
        public void registered(Registration registration, Registration previous, Collection<Observation> observations) {
            send("REGISTRATION", Json.registration(registration));
        }

        @Override
        public void updated(RegistrationUpdate update, Registration updated, Registration previous) {
            send("UPDATED", Json.registration(updated));
        }

        @Override
        public void unregistered(Registration registration, Collection<Observation> observations, boolean expired,
                Registration replacement) {
            send("DEREGISTRATION", Json.registration(registration));
        }
    }

    private final class Notifications implements ObservationListener {
        @Override
        public void newObservation(Observation observation, Registration registration) {
            // The answer to the request tells it already.
        }

        @Override
        public void cancelled(Observation observation) {
            // The answer to the request tells it already.
        }

        @Override
        public void onResponse(SingleObservation observation, Registration registration, ObserveResponse response) {
            ObjectNode data = JsonNodeFactory.instance.objectNode();
            data.put("ep", registration.getEndpoint());
            data.put("res", observation.getPath().toString());
            data.set("val", Json.node(response.getContent()));
            send("NOTIFICATION", data);
        }

        @Override
        public void onResponse(CompositeObservation observation, Registration registration,
                ObserveCompositeResponse response) {
            throw new IllegalStateException("nothing here observes several paths");
        }

        @Override
        public void onError(Observation observation, Registration registration, Exception error) {
            ObjectNode data = JsonNodeFactory.instance.objectNode();
            data.put("error", String.valueOf(error));
            send("NOTIFICATION_ERROR", data);
        }
    }
}
