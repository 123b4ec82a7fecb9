import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

import de.bwaldvogel.mongo.bson.Document;

/**
 * Whole documents as values, written as $eq. The stock matcher compares them field by field and takes an
 * empty one for "no condition": {a: {}} matches everything, {a: {b: {}}} matches where there is no a.
 */
final class ExactFilter {

    private static final Set<String> LOGICAL = Set.of("$and", "$or", "$nor");

    private ExactFilter() {
    }

    /** The filter itself, where it holds no whole document as a value. */
    static Document of(Document filter) {
        Document exact = filter;
        for (Map.Entry<String, Object> entry : filter.entrySet()) {
            Object value = exact(entry.getKey(), entry.getValue());
            if (value != entry.getValue()) {
                exact = exact == filter ? filter.clone() : exact;
                exact.put(entry.getKey(), value);
            }
        }
        return exact;
    }

    /** The same in each $match of a pipeline; the driver counts documents with one. */
    static List<Object> inPipeline(Collection<?> pipeline) {
        List<Object> stages = new ArrayList<>();
        for (Object stage : pipeline) {
            boolean isMatch = stage instanceof Document && ((Document) stage).get("$match") instanceof Document;
            stages.add(isMatch ? new Document("$match", of((Document) ((Document) stage).get("$match"))) : stage);
        }
        return stages;
    }

    private static Object exact(String key, Object value) {
        if (value instanceof Collection && LOGICAL.contains(key)) {
            List<Object> conditions = new ArrayList<>();
            for (Object condition : (Collection<?>) value) {
                conditions.add(condition instanceof Document ? of((Document) condition) : condition);
            }
            return conditions;
        }
        return isWhole(key, value) ? new Document("$eq", value) : value;
    }

    private static boolean isWhole(String key, Object value) {
        if (!(value instanceof Document) || key.startsWith("$")) {
            return false;
        }
        for (String name : ((Document) value).keySet()) {
            if (name.startsWith("$")) {
                return false;
            }
        }
        return true;
    }
}
