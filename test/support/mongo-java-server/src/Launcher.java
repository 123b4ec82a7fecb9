import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;

import de.bwaldvogel.mongo.MongoServer;
import de.bwaldvogel.mongo.MongoVersion;

/**
 * Serves one in-memory database server on a free port of 127.0.0.1. Prints "port N" once it listens, and
 * ends when its standard input closes: the pipe to a parent that was killed closes too, so nothing is left.
 * For a "g" on its standard input it collects its garbage and prints "collected".
 */
public final class Launcher {

    /** The stock server says wire version 8, which current drivers refuse; MongoDB 4.4 says 9. */
    private static final class Version44 implements MongoVersion {
        @Override
        public List<Integer> getVersionArray() {
            return List.of(4, 4, 0);
        }

        @Override
        public int getWireVersion() {
            return 9;
        }
    }

    private Launcher() {
    }

    public static void main(String[] arguments) throws IOException {
        StandaloneBackend backend = new StandaloneBackend();
        backend.version(new Version44());
        MongoServer server = new MongoServer(backend);
        // One worker thread: replies are encoded from the live documents, so a second thread that updates
        // them meanwhile would let a reader see half an update. mongod never shows that.
        server.bind(new InetSocketAddress("127.0.0.1", 0), 1, 1);
        System.out.println("port " + server.getLocalAddress().getPort());
        System.out.flush();
        for (int asked = System.in.read(); asked >= 0; asked = System.in.read()) {
            // Before something is timed, so that it does not pay for what others left behind.
            if (asked == 'g') {
                System.gc();
                System.out.println("collected");
                System.out.flush();
            }
        }
        // A graceful shutdown waits for idle event loops; an in-memory server has nothing to save.
        Runtime.getRuntime().halt(0);
    }
}
