// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.Iterator;
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

/** The events of a server: registrations, notifications, and each response a device sent. */
final class Stream extends Broadcast {
    private final LeshanServer server;

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
                    send(sender(response), "COAPLOG", data);
                }
            });
        }
    }

    /** The endpoint that registered from the address of a response; empty when none did. */
    private String sender(Response response) {
        InetSocketAddress address = response.getSourceContext().getPeerAddress();
        Iterator<Registration> all = server.getRegistrationService().getAllRegistrations();
        while (all.hasNext()) {
            Registration registration = all.next();
            if (registration.getSocketAddress().equals(address)) {
                return registration.getEndpoint();
            }
        }
        return "";
    }

    private final class Registrations implements RegistrationListener {
        @Override
        public void registered(Registration registration, Registration previous, Collection<Observation> observations) {
            send(registration.getEndpoint(), "REGISTRATION", Json.registration(registration));
        }

        @Override
        public void updated(RegistrationUpdate update, Registration updated, Registration previous) {
            send(updated.getEndpoint(), "UPDATED", Json.registration(updated));
        }

        @Override
        public void unregistered(Registration registration, Collection<Observation> observations, boolean expired,
                Registration replacement) {
            send(registration.getEndpoint(), "DEREGISTRATION", Json.registration(registration));
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
            send(registration.getEndpoint(), "NOTIFICATION", data);
        }

        @Override
        public void onResponse(CompositeObservation observation, Registration registration,
                ObserveCompositeResponse response) {
            ObjectNode data = JsonNodeFactory.instance.objectNode();
            ObjectNode values = data.putObject("val");
            response.getContent().forEach((path, node) -> values.set(path.toString(), Json.node(node)));
            send(registration.getEndpoint(), "NOTIFICATION", data);
        }

        @Override
        public void onError(Observation observation, Registration registration, Exception error) {
            ObjectNode data = JsonNodeFactory.instance.objectNode();
            data.put("error", String.valueOf(error));
            send(registration.getEndpoint(), "NOTIFICATION_ERROR", data);
        }
    }
}
