import java.util.Collection;

import de.bwaldvogel.mongo.MongoDatabase;
import de.bwaldvogel.mongo.backend.CollectionOptions;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.QueryResult;
import de.bwaldvogel.mongo.backend.memory.MemoryCollection;
import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.wire.bson.BsonEncoder;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Looks a condition on _id up in the _id index and filters the other conditions over what that found, as
 * mongod does. The stock class uses an index only where the filter holds exactly its keys, and scans else:
 * 5 ms for each conditional update at 20,000 documents.
 */
final class IndexedCollection extends MemoryCollection {

    private static final String ID = "_id";

    IndexedCollection(MongoDatabase database, String name, CollectionOptions options, CursorRegistry cursors) {
        super(database, name, options, cursors);
    }

    @Override
    protected QueryResult queryDocuments(Document asked, Document orderBy, int skip, int limit, int batchSize,
                                         Document projection) {
        // The collections of the server itself are looked up by the stock code's own rules.
        Document query = getCollectionName().startsWith("system.") ? asked : ExactFilter.of(asked);
        Document idCondition = idCondition(query);
        if (idCondition != null) {
            for (Index<Integer> index : getIndexes()) {
                if (index.canHandle(idCondition)) {
                    Iterable<Integer> positions = index.getPositions(idCondition);
                    return matchDocuments(query, positions, orderBy, skip, limit, batchSize, projection);
                }
            }
        }
        return super.queryDocuments(query, orderBy, skip, limit, batchSize, projection);
    }

    /** Measured when somebody asks: the stock class encodes a document twice for each update to keep the sum. */
    @Override
    protected boolean tracksDataSize() {
        return false;
    }

    @Override
    protected int getDataSize() {
        return streamAllDocumentsWithPosition().mapToInt(found -> sizeOf(found.getDocument())).sum();
    }

    private static int sizeOf(Document document) {
        ByteBuf encoded = Unpooled.buffer();
        try {
            BsonEncoder.encodeDocument(document, encoded);
            return encoded.writerIndex();
        } finally {
            encoded.release();
        }
    }

    /** The condition on _id alone, where the index can answer it: an exact value, $eq or $in alone. */
    private static Document idCondition(Document query) {
        if (!query.containsKey(ID)) {
            return null;
        }
        Object value = query.get(ID);
        if (BsonRegularExpression.isRegularExpression(value) || value instanceof Collection) {
            return null;
        }
        if (value instanceof Document) {
            Document condition = (Document) value;
            if (condition.size() == 1 && condition.containsKey("$eq")) {
                return idCondition(new Document(ID, condition.get("$eq")));
            }
            if (condition.size() != 1 || !(condition.get("$in") instanceof Collection)) {
                boolean hasOperator = condition.keySet().stream().anyMatch(key -> key.startsWith("$"));
                return hasOperator ? null : new Document(ID, value);
            }
            for (Object member : (Collection<?>) condition.get("$in")) {
                if (BsonRegularExpression.isRegularExpression(member) || member instanceof Collection) {
                    return null;
                }
            }
        }
        return new Document(ID, value);
    }
}
