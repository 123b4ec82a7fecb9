import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import de.bwaldvogel.mongo.backend.Cursor;
import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.backend.InMemoryCursor;
import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import io.netty.channel.Channel;

/**
 * Answers as a standalone mongod where the stock backend answers wrongly or not at all: hello, sessions,
 * transactions (refused, where the stock one writes as if there were none), the counts of failed inserts,
 * ordered updates, batches of cursors, the filter of listCollections, and the errors of index commands.
 */
final class StandaloneBackend extends MemoryBackend {

    private static final int DEFAULT_FIRST_BATCH = 101;
    /** mongod fills a batch up to 16 MB; a count keeps replies of ordinary documents well below that. */
    private static final int DEFAULT_NEXT_BATCH = 2000;

    @Override
    public MemoryDatabase openOrCreateDatabase(String name) {
        return new IndexedDatabase(name, getCursorRegistry());
    }

    @Override
    public Document handleCommand(Channel channel, String database, String command, Document query) {
        if (query.containsKey("txnNumber") || query.containsKey("startTransaction")) {
            throw new MongoServerError(20, "IllegalOperation",
                "Transaction numbers are only allowed on a replica set member or mongos");
        }
        switch (command.toLowerCase()) {
            case "hello":
            case "ismaster":
                return hello(channel, database, query);
            case "insert":
                return insert(channel, database, command, query);
            case "update":
                return update(channel, database, command, query);
            case "find":
                query.putIfAbsent("batchSize", DEFAULT_FIRST_BATCH);
                return super.handleCommand(channel, database, command, query);
            case "getmore":
                query.putIfAbsent("batchSize", DEFAULT_NEXT_BATCH);
                return super.handleCommand(channel, database, command, query);
            case "aggregate":
                return aggregate(channel, database, command, query);
            case "listcollections":
                return listCollections(channel, database, command, query);
            case "dropindexes":
                return Indexes.drop(resolveDatabase(database), query);
            case "createindexes":
                Indexes.refuseConflicts(resolveDatabase(database), query);
                return super.handleCommand(channel, database, command, query);
            case "listindexes":
                requireCollection(database, (String) query.get(command));
                return super.handleCommand(channel, database, command, query);
            case "renamecollection":
                requireNamespace((String) query.get(command));
                return super.handleCommand(channel, database, command, query);
            default:
                return super.handleCommand(channel, database, command, query);
        }
    }

    private Document hello(Channel channel, String database, Document query) {
        Document answer = super.handleCommand(channel, database, "isMaster", query);
        answer.put("isWritablePrimary", Boolean.TRUE);
        answer.put("readOnly", Boolean.FALSE);
        answer.put("logicalSessionTimeoutMinutes", 30);
        return answer;
    }

    /** The stock answer counts the documents sent; mongod counts those inserted. */
    private Document insert(Channel channel, String database, String command, Document query) {
        query.putIfAbsent("ordered", Boolean.TRUE);
        Document answer = super.handleCommand(channel, database, command, query);
        List<?> errors = (List<?>) answer.get("writeErrors");
        if (errors != null && !errors.isEmpty()) {
            boolean ordered = isOrdered(query);
            int sent = ((List<?>) query.get("documents")).size();
            Object firstIndex = ((Document) errors.get(0)).get("index");
            answer.put("n", ordered ? firstIndex : (Object) (sent - errors.size()));
        }
        return answer;
    }

    /** Ordered updates stop at the first error; the stock backend goes on, so they are run one by one. */
    private Document update(Channel channel, String database, String command, Document query) {
        List<?> updates = (List<?>) query.get("updates");
        if (updates.size() < 2 || !isOrdered(query)) {
            return super.handleCommand(channel, database, command, query);
        }
        int matched = 0;
        int modified = 0;
        List<Document> upserted = new ArrayList<>();
        List<Document> writeErrors = new ArrayList<>();
        Document answer = new Document();
        for (int index = 0; index < updates.size() && writeErrors.isEmpty(); index++) {
            Document single = query.clone();
            single.put("updates", List.of(updates.get(index)));
            answer = super.handleCommand(channel, database, command, single);
            matched += ((Number) answer.get("n")).intValue();
            modified += ((Number) answer.get("nModified")).intValue();
            collect(answer, "upserted", index, upserted);
            collect(answer, "writeErrors", index, writeErrors);
        }
        answer.put("n", matched);
        answer.put("nModified", modified);
        putUnlessEmpty(answer, "upserted", upserted);
        putUnlessEmpty(answer, "writeErrors", writeErrors);
        return answer;
    }

    private static boolean isOrdered(Document query) {
        return !Boolean.FALSE.equals(query.get("ordered"));
    }

    private static void collect(Document answer, String key, int index, List<Document> into) {
        Object found = answer.get(key);
        if (found instanceof List) {
            for (Object entry : (List<?>) found) {
                Document copy = ((Document) entry).clone();
                copy.put("index", index);
                into.add(copy);
            }
        }
    }

    private static void putUnlessEmpty(Document answer, String key, List<Document> values) {
        if (values.isEmpty()) {
            answer.remove(key);
        } else {
            answer.put(key, values);
        }
    }

    /** The stock backend puts the whole result into one reply, which no driver takes above 48 MB. */
    @SuppressWarnings("unchecked")
    private Document aggregate(Channel channel, String database, String command, Document query) {
        query.computeIfPresent("pipeline", (key, pipeline) ->
            pipeline instanceof Collection ? ExactFilter.inPipeline((Collection<?>) pipeline) : pipeline);
        Document answer = super.handleCommand(channel, database, command, query);
        Document cursor = (Document) answer.get("cursor");
        List<Document> documents = (List<Document>) cursor.get("firstBatch");
        Document options = (Document) query.get("cursor");
        Object asked = options == null ? null : options.get("batchSize");
        int batchSize = asked == null ? DEFAULT_FIRST_BATCH : ((Number) asked).intValue();
        if (documents.size() > batchSize) {
            List<Document> rest = documents.subList(batchSize, documents.size());
            Cursor remaining = new InMemoryCursor(getCursorRegistry().generateCursorId(), rest);
            getCursorRegistry().add(remaining);
            cursor.put("firstBatch", documents.subList(0, batchSize));
            cursor.put("id", remaining.getId());
        }
        return answer;
    }

    /** The stock backend ignores the filter. */
    @SuppressWarnings("unchecked")
    private Document listCollections(Channel channel, String database, String command, Document query) {
        Document answer = super.handleCommand(channel, database, command, query);
        Document filter = (Document) query.get("filter");
        if (filter != null && !filter.isEmpty()) {
            DefaultQueryMatcher matcher = new DefaultQueryMatcher();
            Document cursor = (Document) answer.get("cursor");
            List<Document> kept = new ArrayList<>();
            for (Document collection : (List<Document>) cursor.get("firstBatch")) {
                if (matcher.matches(collection, filter)) {
                    kept.add(collection);
                }
            }
            cursor.put("firstBatch", kept);
        }
        return answer;
    }

    private void requireNamespace(String namespace) {
        int dot = namespace.indexOf('.');
        requireCollection(namespace.substring(0, dot), namespace.substring(dot + 1));
    }

    /** The stock backend finds no indexes, and renames with an error that has no code. */
    private void requireCollection(String database, String name) {
        if (resolveDatabase(database).resolveCollection(name, false) == null) {
            throw new MongoServerError(26, "NamespaceNotFound", "ns does not exist: " + database + "." + name);
        }
    }
}
