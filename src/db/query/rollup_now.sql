-- Until when reports are right, how many hours wait to be made anew, and since when there is something to report.
PREPARE rollup_now AS
SELECT passed_at, waiting, since FROM doorstep.rollup_now();
