// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttribute;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributeSet;
import org.eclipse.leshan.core.link.lwm2m.attributes.LwM2mAttributes;
import org.eclipse.leshan.core.model.ResourceModel;
import org.eclipse.leshan.core.node.LwM2mMultipleResource;
import org.eclipse.leshan.core.node.LwM2mNode;
import org.eclipse.leshan.core.node.LwM2mPath;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mSingleResource;
import org.eclipse.leshan.core.node.ObjectLink;
import org.eclipse.leshan.core.observation.CompositeObservation;
import org.eclipse.leshan.core.observation.Observation;
import org.eclipse.leshan.core.observation.SingleObservation;
import org.eclipse.leshan.core.request.CancelCompositeObservationRequest;
import org.eclipse.leshan.core.request.CancelObservationRequest;
import org.eclipse.leshan.core.request.ContentFormat;
import org.eclipse.leshan.core.request.CreateRequest;
import org.eclipse.leshan.core.request.DeleteRequest;
import org.eclipse.leshan.core.request.DiscoverRequest;
import org.eclipse.leshan.core.request.DownlinkDeviceManagementRequest;
import org.eclipse.leshan.core.request.ExecuteRequest;
import org.eclipse.leshan.core.request.ObserveCompositeRequest;
import org.eclipse.leshan.core.request.ObserveRequest;
import org.eclipse.leshan.core.request.ReadCompositeRequest;
import org.eclipse.leshan.core.request.ReadRequest;
import org.eclipse.leshan.core.request.WriteAttributesRequest;
import org.eclipse.leshan.core.request.WriteCompositeRequest;
import org.eclipse.leshan.core.request.WriteRequest;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.util.Hex;
import org.eclipse.leshan.core.util.datatype.ULong;
import org.eclipse.leshan.server.LeshanServer;
import org.eclipse.leshan.server.registration.Registration;
import org.eclipse.leshan.servers.security.InMemorySecurityStore;
import org.eclipse.leshan.servers.security.SecurityInfo;

/** HTTP in, LwM2M requests out, their answers back as JSON. */
final class Rest extends Http {
    private static final long TIMEOUT_MS = 10_000;

    private final LeshanServer server;
    private final InMemorySecurityStore security;

    Rest(LeshanServer server, InMemorySecurityStore security, Stream stream) {
        super(stream);
        this.server = server;
        this.security = security;
    }

    @Override
    String dispatch(HttpExchange exchange, List<String> path) throws Exception {
        String method = exchange.getRequestMethod();
        if (path.get(0).equals("security") && method.equals("PUT")) {
            store(mapper.readTree(exchange.getRequestBody()));
            return "";
        }
        if (!path.get(0).equals("clients")) {
            throw new BadCall("no such path");
        }
        if (path.size() == 1) {
            return Json.registrations(server.getRegistrationService().getAllRegistrations()).toString();
        }
        Registration registration = server.getRegistrationService().getByEndpoint(path.get(1));
        if (registration == null) {
            throw new BadCall("no registered client with id '" + path.get(1) + "'");
        }
        if (path.size() == 2) {
            return Json.registration(registration).toString();
        }
        return device(exchange, method, registration, path.subList(2, path.size()));
    }

    private void store(JsonNode body) throws Exception {
        String endpoint = body.path("endpoint").asText();
        JsonNode psk = body.path("psk");
        security.remove(endpoint, false);
        security.add(SecurityInfo.newPreSharedKeyInfo(endpoint, psk.path("identity").asText(),
                Hex.decodeHex(psk.path("key").asText().toCharArray())));
    }

    private String device(HttpExchange exchange, String method, Registration registration, List<String> segments)
            throws Exception {
        if (segments.get(0).equals("composite")) {
            return composite(exchange, method + (segments.size() > 1 ? " observe" : ""), registration);
        }
        String verb = segments.get(segments.size() - 1);
        boolean named = verb.equals("observe") || verb.equals("discover") || verb.equals("attributes");
        String path = "/" + String.join("/", named ? segments.subList(0, segments.size() - 1) : segments);
        switch (method + (named ? " " + verb : "")) {
            case "GET":
                return send(registration, new ReadRequest(format(exchange), path));
            case "GET discover":
                return send(registration, new DiscoverRequest(path));
            case "PUT":
                return send(registration,
                        write(registration, format(exchange), path, mapper.readTree(exchange.getRequestBody())));
            case "PUT attributes":
                return send(registration, new WriteAttributesRequest(path, attributes(exchange)));
            case "POST":
                if (new LwM2mPath(path).isObject()) {
                    return send(registration, create(registration, path, mapper.readTree(exchange.getRequestBody())));
                }
                return send(registration, new ExecuteRequest(path));
            case "DELETE":
                return send(registration, new DeleteRequest(path));
            case "POST observe":
                return send(registration, new ObserveRequest(path));
            case "DELETE observe":
                return send(registration, new CancelObservationRequest(observation(registration, path)));
            default:
                throw new BadCall("no such call");
        }
    }

    /** Several paths in one request. */
    private String composite(HttpExchange exchange, String call, Registration registration) throws Exception {
        ContentFormat format = format(exchange);
        String[] paths = parameter(exchange, "paths").split(",");
        switch (call) {
            case "GET":
                return send(registration, new ReadCompositeRequest(format, format, paths));
            case "PUT":
                Map<LwM2mPath, LwM2mNode> nodes = new LinkedHashMap<>();
                for (JsonNode body : mapper.readTree(exchange.getRequestBody())) {
                    LwM2mPath path = new LwM2mPath(body.path("path").asText());
                    nodes.put(path, resource(registration, path.getObjectId(), path.getResourceId(), body));
                }
                return send(registration, new WriteCompositeRequest(format, nodes, null));
            case "POST observe":
                return send(registration, new ObserveCompositeRequest(format, format, paths));
            case "DELETE observe":
                for (Observation observation : server.getObservationService().getObservations(registration)) {
                    if (observation instanceof CompositeObservation) {
                        return send(registration,
                                new CancelCompositeObservationRequest((CompositeObservation) observation));
                    }
                }
                throw new BadCall("there is no composite observation");
            default:
                throw new BadCall("no such call");
        }
    }

    /** The format that the call names, or null: Leshan's choice. */
    private static ContentFormat format(HttpExchange exchange) {
        String name = parameter(exchange, "format");
        return name.isEmpty() ? null : ContentFormat.fromName(name);
    }

    private static String parameter(HttpExchange exchange, String name) {
        String query = exchange.getRequestURI().getQuery();
        for (String part : query == null ? new String[0] : query.split("&")) {
            if (part.startsWith(name + "=")) {
                return part.substring(name.length() + 1);
            }
        }
        return "";
    }

    private WriteRequest write(Registration registration, ContentFormat format, String path, JsonNode body)
            throws BadCall {
        LwM2mPath target = new LwM2mPath(path);
        if (!target.isResource()) {
            throw new BadCall("only resources are written here");
        }
        LwM2mResource node = resource(registration, target.getObjectId(), target.getResourceId(), body);
        return new WriteRequest(WriteRequest.Mode.REPLACE, format, path, node);
    }

    /** An instance whose id the device chooses. */
    private CreateRequest create(Registration registration, String path, JsonNode body) throws BadCall {
        LwM2mPath target = new LwM2mPath(path);
        List<LwM2mResource> resources = new ArrayList<>();
        for (JsonNode resource : body.path("resources")) {
            resources.add(resource(registration, target.getObjectId(), resource.path("id").asInt(), resource));
        }
        return new CreateRequest(target.getObjectId(), resources);
    }

    private LwM2mResource resource(Registration registration, int object, int resource, JsonNode body)
            throws BadCall {
        ResourceModel model = server.getModelProvider().getObjectModel(registration).getResourceModel(object,
                resource);
        if (model == null) {
            throw new BadCall("no model of /" + object + "/x/" + resource);
        }
        if (!model.multiple) {
            return LwM2mSingleResource.newResource(resource, value(model.type, body.path("value")), model.type);
        }
        Map<Integer, Object> values = new TreeMap<>();
        for (Iterator<Map.Entry<String, JsonNode>> each = body.path("values").fields(); each.hasNext();) {
            Map.Entry<String, JsonNode> entry = each.next();
            values.put(Integer.valueOf(entry.getKey()), value(model.type, entry.getValue()));
        }
        return LwM2mMultipleResource.newResource(resource, values, model.type);
    }

    private static Object value(ResourceModel.Type type, JsonNode value) throws BadCall {
        switch (type) {
            case INTEGER:
                return value.asLong();
            case UNSIGNED_INTEGER:
                return ULong.valueOf(value.asLong());
            case FLOAT:
                return value.asDouble();
            case BOOLEAN:
                return value.asBoolean();
            case STRING:
                return value.asText();
            case OPAQUE:
                return Hex.decodeHex(value.asText().toCharArray());
            case TIME:
                return Date.from(Instant.parse(value.asText()));
            case OBJLNK:
                return new ObjectLink(value.path("objectId").asInt(), value.path("objectInstanceId").asInt());
            default:
                throw new BadCall("values of type " + type + " are not written here");
        }
    }

    private static LwM2mAttributeSet attributes(HttpExchange exchange) throws BadCall {
        String query = exchange.getRequestURI().getQuery();
        List<LwM2mAttribute<?>> list = new ArrayList<>();
        for (String part : query == null ? new String[0] : query.split("&")) {
            String[] pair = part.split("=", 2);
            if (pair.length == 2 && pair[0].equals("pmin")) {
                list.add(LwM2mAttributes.create(LwM2mAttributes.MINIMUM_PERIOD, Long.valueOf(pair[1])));
            } else if (pair.length == 2 && pair[0].equals("pmax")) {
                list.add(LwM2mAttributes.create(LwM2mAttributes.MAXIMUM_PERIOD, Long.valueOf(pair[1])));
            } else {
                throw new BadCall("only pmin and pmax with a value are written here");
            }
        }
        return new LwM2mAttributeSet(list);
    }

    private SingleObservation observation(Registration registration, String path) throws BadCall {
        for (Observation observation : server.getObservationService().getObservations(registration)) {
            if (observation instanceof SingleObservation
                    && ((SingleObservation) observation).getPath().equals(new LwM2mPath(path))) {
                return (SingleObservation) observation;
            }
        }
        throw new BadCall(path + " is not observed");
    }

    private <T extends LwM2mResponse> String send(Registration registration,
            DownlinkDeviceManagementRequest<T> request) throws Exception {
        T response = server.send(registration, request, TIMEOUT_MS);
        if (response == null) {
            throw new BadCall("the device did not answer");
        }
        return Json.response(response).toString();
    }
}
