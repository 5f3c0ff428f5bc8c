// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Date;
import java.util.Iterator;
import java.util.Map;
import org.eclipse.leshan.core.link.Link;
import org.eclipse.leshan.core.link.attributes.Attribute;
import org.eclipse.leshan.core.node.LwM2mChildNode;
import org.eclipse.leshan.core.node.LwM2mNode;
import org.eclipse.leshan.core.node.LwM2mObject;
import org.eclipse.leshan.core.node.LwM2mObjectInstance;
import org.eclipse.leshan.core.node.LwM2mResource;
import org.eclipse.leshan.core.node.LwM2mResourceInstance;
import org.eclipse.leshan.core.node.ObjectLink;
import org.eclipse.leshan.core.request.BindingMode;
import org.eclipse.leshan.core.response.CreateResponse;
import org.eclipse.leshan.core.response.DiscoverResponse;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.core.response.ReadCompositeResponse;
import org.eclipse.leshan.core.response.ReadResponse;
import org.eclipse.leshan.core.util.Hex;
import org.eclipse.leshan.server.registration.Registration;

/** Registrations, answers and nodes as the older demo server writes them. */
final class Json {
    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private Json() {
    }

    static ArrayNode registrations(Iterator<Registration> all) {
        ArrayNode list = MAKE.arrayNode();
        all.forEachRemaining(registration -> list.add(registration(registration)));
        return list;
    }

    static ObjectNode registration(Registration registration) {
        ObjectNode node = MAKE.objectNode();
        node.put("endpoint", registration.getEndpoint());
        node.put("registrationId", registration.getId());
        node.put("lwM2mVersion", registration.getLwM2mVersion().toString());
        node.put("lifetime", registration.getLifeTimeInSec());
        node.put("bindingMode", BindingMode.toString(registration.getBindingMode()));
        node.put("secure", registration.getClientTransportData().getIdentity().isSecure());
        node.set("objectLinks", links(registration.getObjectLinks()));
        return node;
    }

    static ObjectNode response(LwM2mResponse response) {
        ObjectNode node = MAKE.objectNode();
        node.put("status", response.getCode().toString());
        node.put("success", response.isSuccess());
        if (response.getErrorMessage() != null) {
            node.put("errormessage", response.getErrorMessage());
        }
        if (response instanceof ReadResponse && ((ReadResponse) response).getContent() != null) {
            node.set("content", node(((ReadResponse) response).getContent()));
        }
        if (response instanceof ReadCompositeResponse && ((ReadCompositeResponse) response).getContent() != null) {
            ObjectNode content = node.putObject("content");
            ((ReadCompositeResponse) response).getContent()
                    .forEach((path, found) -> content.set(path.toString(), found == null ? null : node(found)));
        }
        if (response instanceof CreateResponse && response.isSuccess()) {
            node.put("location", ((CreateResponse) response).getLocation());
        }
        if (response instanceof DiscoverResponse && response.isSuccess()) {
            node.set("objectLinks", links(((DiscoverResponse) response).getObjectLinks()));
        }
        return node;
    }

    static ObjectNode node(LwM2mNode content) {
        ObjectNode node = MAKE.objectNode();
        if (content instanceof LwM2mChildNode) {
            node.put("id", ((LwM2mChildNode) content).getId());
        }
        if (content instanceof LwM2mObject) {
            ArrayNode instances = node.putArray("instances");
            ((LwM2mObject) content).getInstances().values().forEach(instance -> instances.add(node(instance)));
        } else if (content instanceof LwM2mObjectInstance) {
            ArrayNode resources = node.putArray("resources");
            ((LwM2mObjectInstance) content).getResources().values().forEach(resource -> resources.add(node(resource)));
        } else if (content instanceof LwM2mResource && ((LwM2mResource) content).isMultiInstances()) {
            ObjectNode values = node.putObject("values");
            for (Map.Entry<Integer, LwM2mResourceInstance> entry : ((LwM2mResource) content).getInstances()
                    .entrySet()) {
                values.putPOJO(entry.getKey().toString(), value(entry.getValue().getValue()));
            }
        } else if (content instanceof LwM2mResource) {
            node.putPOJO("value", value(((LwM2mResource) content).getValue()));
        } else if (content instanceof LwM2mResourceInstance) {
            node.putPOJO("value", value(((LwM2mResourceInstance) content).getValue()));
        }
        return node;
    }

    private static Object value(Object value) {
        if (value instanceof Date) {
            return ((Date) value).toInstant().toString();
        }
        if (value instanceof byte[]) {
            return Hex.encodeHexString((byte[]) value);
        }
        if (value instanceof Number || value instanceof Boolean) {
            return value;
        }
        if (value instanceof ObjectLink) {
            ObjectLink link = (ObjectLink) value;
            return MAKE.objectNode().put("objectId", link.getObjectId())
                    .put("objectInstanceId", link.getObjectInstanceId());
        }
        return value.toString();
    }

    private static ArrayNode links(Link[] links) {
        ArrayNode list = MAKE.arrayNode();
        for (Link link : links) {
            ObjectNode attributes = list.addObject().put("url", link.getUriReference()).putObject("attributes");
            for (Attribute attribute : link.getAttributes().asCollection()) {
                if (attribute.hasValue()) {
                    attributes.put(attribute.getName(), attribute.getValue().toString());
                }
            }
        }
        return list;
    }
}
