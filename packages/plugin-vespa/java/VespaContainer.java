import com.yahoo.application.Application;
import com.yahoo.application.Networking;
import com.yahoo.jdisc.http.server.jetty.JettyHttpServer;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

import java.nio.file.Path;

/**
 * VespaContainer FOLDER PORT: runs the application package in FOLDER, in a container of this process, until it is ended.
 * Its HTTP servers are told to take any port, on all interfaces, which no setting of Vespa's changes: before anything is
 * said about them, they move to PORT (the first one) on the loopback interface.
 */
public class VespaContainer {
    public static void main(String[] arguments) throws Exception {
        int port = Integer.parseInt(arguments[1]);
        var application = Application.fromApplicationPackage(Path.of(arguments[0]), Networking.enable);
        Runtime.getRuntime().addShutdownHook(new Thread(application::close));
        for (var provider : com.yahoo.container.Container.get().getServerProviderRegistry().allComponents()) {
            if (!(provider instanceof JettyHttpServer)) continue;
            var field = JettyHttpServer.class.getDeclaredField("server");
            field.setAccessible(true);
            for (Connector connector : ((Server) field.get(provider)).getConnectors()) {
                move((ServerConnector) connector, port);
                port = 0;
            }
        }
        Thread.currentThread().join();
    }

    private static void move(ServerConnector connector, int port) throws Exception {
        connector.stop();
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        connector.start();
    }
}
