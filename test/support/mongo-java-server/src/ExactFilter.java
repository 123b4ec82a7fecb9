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

    static Document of(Document filter) {
        Document exact = new Document();
        for (Map.Entry<String, Object> entry : filter.entrySet()) {
            exact.put(entry.getKey(), exact(entry.getKey(), entry.getValue()));
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
        boolean isValue = value instanceof Document && !key.startsWith("$")
            && ((Document) value).keySet().stream().noneMatch(name -> name.startsWith("$"));
        return isValue ? new Document("$eq", value) : value;
    }
}
