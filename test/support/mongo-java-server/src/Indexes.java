import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;

/** Creates and drops indexes with the conflicts and errors of mongod, over the stock backend's specifications. */
final class Indexes {

    private static final String SPECIFICATIONS = "system.indexes";
    private static final Set<String> NOT_COMPARED = Set.of("ns", "v", "name", "key", "background");

    private Indexes() {
    }

    /**
     * Throws where an index of that name, or of those keys, exists with something else; takes those out of the
     * command that exist as asked. The stock backend makes a second one beside the first.
     */
    @SuppressWarnings("unchecked")
    static void refuseConflicts(MongoDatabase database, Document query) {
        MongoCollection<?> collection = database.resolveCollection((String) query.get("createIndexes"), false);
        if (collection == null) {
            return;
        }
        List<Document> missing = new ArrayList<>();
        for (Document wanted : (List<Document>) query.get("indexes")) {
            boolean exists = false;
            for (Document existing : specifications(database, collection)) {
                boolean sameName = wanted.get("name").equals(existing.get("name"));
                boolean sameKeys = keys(wanted).equals(keys(existing));
                boolean sameOptions = options(wanted).equals(options(existing));
                if (sameName && sameKeys && sameOptions) {
                    exists = true;
                } else if (sameName) {
                    throw new MongoServerError(86, "IndexKeySpecsConflict", "An existing index has the same name as the"
                        + " requested index. Requested index: " + wanted + ", existing index: " + existing);
                } else if (sameKeys && sameOptions) {
                    throw new MongoServerError(85, "IndexOptionsConflict",
                        "Index already exists with a different name: " + existing.get("name"));
                }
            }
            if (!exists) {
                missing.add(wanted);
            }
        }
        query.put("indexes", missing);
    }

    /**
     * The stock backend forgets the specifications of every index of that name in all collections, and fails
     * on "*" as soon as another collection has an index.
     */
    static Document drop(MongoDatabase database, Document query) {
        String name = (String) query.get("dropIndexes");
        MongoCollection<?> collection = database.resolveCollection(name, false);
        if (collection == null) {
            throw new MongoServerError(26, "NamespaceNotFound", "ns not found " + database.getDatabaseName() + "." + name);
        }
        int before = collection.getNumIndexes();
        Object asked = query.get("index");
        List<Document> chosen = new ArrayList<>();
        for (Object one : asked instanceof List ? (List<?>) asked : List.of(asked)) {
            chosen.addAll(choose(specifications(database, collection), one));
        }
        for (Document specification : chosen) {
            collection.dropIndex((String) specification.get("name"));
            database.resolveCollection(SPECIFICATIONS, false).removeDocument(specification);
        }
        Document answer = new Document("nIndexesWas", before);
        answer.put("ok", 1.0);
        return answer;
    }

    private static List<Document> choose(List<Document> specifications, Object wanted) {
        List<Document> chosen = new ArrayList<>();
        for (Document specification : specifications) {
            boolean isId = "_id_".equals(specification.get("name"));
            boolean named = wanted.equals(specification.get("name"))
                || wanted instanceof Document && keys(new Document("key", wanted)).equals(keys(specification));
            if (named && isId) {
                throw new MongoServerError(72, "InvalidOptions", "cannot drop _id index");
            }
            if (named || "*".equals(wanted) && !isId) {
                chosen.add(specification);
            }
        }
        if (chosen.isEmpty() && !"*".equals(wanted)) {
            throw new MongoServerError(27, "IndexNotFound", wanted instanceof Document
                ? "can't find index with key: " + wanted : "index not found with name [" + wanted + "]");
        }
        return chosen;
    }

    private static List<Document> specifications(MongoDatabase database, MongoCollection<?> collection) {
        List<Document> found = new ArrayList<>();
        MongoCollection<?> all = database.resolveCollection(SPECIFICATIONS, false);
        if (all != null) {
            for (Document specification : all.queryAll()) {
                if (collection.getFullName().equals(specification.get("ns"))) {
                    found.add(specification);
                }
            }
        }
        return found;
    }

    /** The keys in their order, which matters, with 1 and 1.0 alike. */
    private static List<String> keys(Document specification) {
        List<String> keys = new ArrayList<>();
        for (Map.Entry<String, Object> key : ((Document) specification.get("key")).entrySet()) {
            Object value = key.getValue();
            keys.add(key.getKey() + " " + (value instanceof Number ? ((Number) value).doubleValue() : value));
        }
        return keys;
    }

    private static Document options(Document specification) {
        Document options = specification.clone();
        NOT_COMPARED.forEach(options::remove);
        options.values().removeIf(value -> value == null || Boolean.FALSE.equals(value));
        return options;
    }
}
