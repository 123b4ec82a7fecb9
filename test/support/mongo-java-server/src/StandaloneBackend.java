import java.util.ArrayList;
import java.util.List;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
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
 * ordered updates, batches of cursors, the filter of listCollections, and dropIndexes of one collection.
 */
final class StandaloneBackend extends MemoryBackend {

    private static final int DEFAULT_FIRST_BATCH = 101;
    /** mongod fills a batch up to 16 MB; a count keeps replies of ordinary documents well below that. */
    private static final int DEFAULT_NEXT_BATCH = 2000;
    private static final String INDEXES = "system.indexes";

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
                return dropIndexes(database, query);
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

    /**
     * The stock backend forgets the specifications of every index of that name in all collections, and
     * fails on "*" as soon as another collection has an index.
     */
    private Document dropIndexes(String database, Document query) {
        MongoDatabase target = resolveDatabase(database);
        MongoCollection<?> collection = target.resolveCollection((String) query.get("dropIndexes"), false);
        if (collection == null) {
            throw new MongoServerError(26, "NamespaceNotFound", "ns not found " + database + "." + query.get("dropIndexes"));
        }
        MongoCollection<?> specifications = target.resolveCollection(INDEXES, false);
        List<Document> drop = new ArrayList<>();
        int before = collection.getNumIndexes();
        Object asked = query.get("index");
        List<?> wanted = asked instanceof List ? (List<?>) asked : List.of(asked);
        for (Object one : wanted) {
            drop.addAll(chooseIndexes(collection.getFullName(), specifications, one));
        }
        for (Document specification : drop) {
            collection.dropIndex((String) specification.get("name"));
            specifications.removeDocument(specification);
        }
        Document answer = new Document("nIndexesWas", before);
        answer.put("ok", 1.0);
        return answer;
    }

    private static List<Document> chooseIndexes(String namespace, MongoCollection<?> specifications, Object wanted) {
        List<Document> chosen = new ArrayList<>();
        for (Document specification : specifications.queryAll()) {
            boolean isId = "_id_".equals(specification.get("name"));
            boolean named = wanted.equals(specification.get("name")) || wanted.equals(specification.get("key"));
            if (namespace.equals(specification.get("ns")) && (named || ("*".equals(wanted) && !isId))) {
                if (isId) {
                    throw new MongoServerError(72, "InvalidOptions", "cannot drop _id index");
                }
                chosen.add(specification);
            }
        }
        if (chosen.isEmpty() && !"*".equals(wanted)) {
            throw new MongoServerError(27, "IndexNotFound", wanted instanceof Document
                ? "can't find index with key: " + wanted : "index not found with name [" + wanted + "]");
        }
        return chosen;
    }
}
