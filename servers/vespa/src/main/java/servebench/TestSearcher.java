package servebench;

import com.yahoo.search.Query;
import com.yahoo.search.Result;
import com.yahoo.search.Searcher;
import com.yahoo.search.result.Coverage;
import com.yahoo.search.result.ErrorMessage;
import com.yahoo.search.result.Hit;
import com.yahoo.search.searchchain.Execution;

/**
 * Answers queries without documents: as many hits as are asked for, out of `total` (100). A query may say `sleep` (ms),
 * `error` (a code of Vespa; with `partial` there are hits, too), `crash`, and `covered` (of 1000 documents).
 */
public class TestSearcher extends Searcher {
    private static final int LONGEST_SLEEP = 10_000;
    private static final int DOCUMENTS = 1000;

    @Override
    public Result search(Query query, Execution execution) {
        var properties = query.properties();
        sleep(Math.min(properties.getInteger("sleep", 0), LONGEST_SLEEP));
        if (properties.getBoolean("crash", false)) throw new IllegalStateException("asked to crash");
        Result result = new Result(query);
        int code = properties.getInteger("error", 0);
        if (code != 0) result.hits().addError(new ErrorMessage(code, "Asked to fail", "by the query"));
        if (code != 0 && !properties.getBoolean("partial", false)) return result;
        int total = properties.getInteger("total", 100);
        result.setTotalHitCount(total);
        int covered = properties.getInteger("covered", DOCUMENTS);
        var coverage = new Coverage(covered, DOCUMENTS, 1);
        if (covered < DOCUMENTS) coverage.setDegradedReason(com.yahoo.container.handler.Coverage.DEGRADED_BY_TIMEOUT);
        result.setCoverage(coverage);
        int last = Math.min(total, query.getOffset() + query.getHits());
        for (int index = query.getOffset(); index < last; index++) {
            Hit hit = new Hit("doc:" + index, 1.0 - (double) index / total);
            hit.setField("text", query.getModel().getQueryString());
            result.hits().add(hit);
        }
        return result;
    }

    private static void sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }
}
