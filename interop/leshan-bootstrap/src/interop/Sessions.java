// SPDX-License-Identifier: MIT OR Apache-2.0
package interop;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Objects;
import org.eclipse.leshan.core.request.BootstrapDownlinkRequest;
import org.eclipse.leshan.core.request.BootstrapRequest;
import org.eclipse.leshan.core.response.LwM2mResponse;
import org.eclipse.leshan.server.bootstrap.BootstrapSession;
import org.eclipse.leshan.server.bootstrap.BootstrapSessionListener;

/**
 * What happens in bootstrap sessions as events named {@code BSSESSION}: {@code stage} is the name of the listener's
 * method; {@code endpoint}, {@code request} and {@code code} are there where the method is told of them.
 */
final class Sessions {
    private Sessions() {
    }

    /** A proxy, because the parameters of some methods have other types in each generation. */
    static BootstrapSessionListener listener(Broadcast stream) {
        return (BootstrapSessionListener) Proxy.newProxyInstance(Sessions.class.getClassLoader(),
                new Class<?>[] { BootstrapSessionListener.class },
                (self, method, arguments) -> {
                    if (method.getDeclaringClass() == Object.class) {
                        return ofObject(self, method, arguments);
                    }
                    ObjectNode data = event(method.getName(), arguments);
                    stream.send(data.path("endpoint").asText(), "BSSESSION", data);
                    return null;
                });
    }

    private static ObjectNode event(String stage, Object[] arguments) {
        ObjectNode data = JsonNodeFactory.instance.objectNode();
        data.put("stage", stage);
        for (Object argument : arguments) {
            if (argument instanceof BootstrapSession) {
                data.put("endpoint", ((BootstrapSession) argument).getEndpoint());
            } else if (argument instanceof BootstrapRequest) {
                data.put("endpoint", ((BootstrapRequest) argument).getEndpointName());
            } else if (argument instanceof BootstrapDownlinkRequest) {
                data.put("request", argument.getClass().getSimpleName());
                // Bootstrap-Finish has no path.
                data.put("path", Objects.toString(((BootstrapDownlinkRequest<?>) argument).getPath(), ""));
            } else if (argument instanceof LwM2mResponse) {
                data.put("code", ((LwM2mResponse) argument).getCode().toString());
            } else if (argument instanceof Throwable || argument instanceof Enum) {
                data.put("cause", argument.toString());
            }
        }
        return data;
    }

    private static Object ofObject(Object self, Method method, Object[] arguments) {
        switch (method.getName()) {
            case "equals":
                return self == arguments[0];
            case "hashCode":
                return System.identityHashCode(self);
            default:
                return "Sessions";
        }
    }
}
