-- What the training service is asked to do, and who does it.

-- Jobs --------------------------------------------------------------------------------------------

CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  -- `train`, `evaluate` and the like: newer programs may know more.
  kind TEXT NOT NULL CHECK (length(kind) > 0),
  -- What was asked for, a JSON object.
  request TEXT NOT NULL CHECK (length(request) > 0),
  state TEXT NOT NULL DEFAULT 'waiting'
    CHECK (state IN ('waiting', 'running', 'finished', 'failed', 'cancelled')),
  -- Higher ones first.
  priority INTEGER NOT NULL CHECK (priority BETWEEN -100 AND 100),
  -- How many of the jobs that must end well before this one have not.
  unmet_needs INTEGER NOT NULL DEFAULT 0 CHECK (unmet_needs >= 0),
  -- How often it was begun; what a worker gives back of its own will does not count.
  attempts INTEGER NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  maximum_attempts INTEGER NOT NULL CHECK (maximum_attempts BETWEEN 1 AND 100),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  -- From when on it may be begun.
  claimable_at INTEGER NOT NULL,
  -- How often a worker took it: a worker that lost it knows an older number.
  lease INTEGER NOT NULL DEFAULT 0 CHECK (lease >= 0),
  worker TEXT,
  lease_ends_at INTEGER,
  started_at INTEGER,
  ended_at INTEGER,
  -- When somebody wanted it to stop.
  cancelled_at INTEGER,
  -- Where it stands, what it came to, what went wrong: JSON objects.
  progress TEXT,
  result TEXT,
  error TEXT,
  CHECK ((state = 'running') = (worker IS NOT NULL AND lease_ends_at IS NOT NULL)),
  CHECK ((state IN ('finished', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
  CHECK ((state = 'finished') = (result IS NOT NULL)),
  CHECK (state <> 'failed' OR error IS NOT NULL)
) STRICT;

CREATE INDEX jobs_claimable ON jobs (priority DESC, id) WHERE state = 'waiting' AND unmet_needs = 0;
CREATE INDEX jobs_running ON jobs (lease_ends_at) WHERE state = 'running';
CREATE INDEX jobs_by_state ON jobs (state, id);

-- What a job came to stays as it is.
CREATE TRIGGER jobs_keep BEFORE UPDATE ON jobs
WHEN OLD.state IN ('finished', 'failed', 'cancelled')
  OR (NEW.id, NEW.kind, NEW.request, NEW.created_at, NEW.created_by)
    IS NOT (OLD.id, OLD.kind, OLD.request, OLD.created_at, OLD.created_by)
BEGIN SELECT RAISE(ABORT, 'a job that has ended never changes'); END;

CREATE TRIGGER jobs_stay BEFORE DELETE ON jobs
BEGIN SELECT RAISE(ABORT, 'the history of jobs is not deleted'); END;

-- A job that may begin when another has ended well.
CREATE TABLE job_needs (
  job_id INTEGER NOT NULL REFERENCES jobs (id),
  needed_id INTEGER NOT NULL REFERENCES jobs (id),
  PRIMARY KEY (job_id, needed_id),
  CHECK (needed_id < job_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_needs_by_needed ON job_needs (needed_id);

-- The runs of a job: one, or several if it was begun anew.
CREATE TABLE job_runs (
  run_id INTEGER PRIMARY KEY REFERENCES runs (id),
  job_id INTEGER NOT NULL REFERENCES jobs (id)
) STRICT;

CREATE INDEX job_runs_by_job ON job_runs (job_id);

-- What happened to jobs, in order, for those who watch.
CREATE TABLE job_events (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id INTEGER NOT NULL REFERENCES jobs (id),
  time INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (length(kind) > 0),
  detail TEXT NOT NULL
) STRICT;

CREATE INDEX job_events_by_job ON job_events (job_id, id);

CREATE TRIGGER job_events_keep BEFORE UPDATE ON job_events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

-- Requests that are sent again ----------------------------------------------------------------------

-- What a request was answered whose sender may not have heard it.
CREATE TABLE idempotency_keys (
  principal TEXT NOT NULL,
  key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
  -- The SHA-256 of what was asked: a key belongs to one request.
  request BLOB NOT NULL CHECK (length(request) = 32),
  created_at INTEGER NOT NULL,
  -- Missing while the request is at work.
  answer TEXT,
  PRIMARY KEY (principal, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created_at);
