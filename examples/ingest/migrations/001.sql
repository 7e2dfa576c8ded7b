-- One row for each key: what a consumer reads of one connection.
CREATE TABLE ingest_keys (
	id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	name           text NOT NULL,
	integration_id text NOT NULL,
	connection_id  text NOT NULL,
	model          text NOT NULL,
	variant        text NOT NULL,
	identity       text NOT NULL DEFAULT '', -- Nango's number of the connection and when it was made; empty until it is known

	cursor_value   text,        -- of the last page that is in ingest_records; null before the first
	read_at        timestamptz, -- when that page was read, by the clock of the worker
	reading        integer NOT NULL DEFAULT 1, -- how often it was begun at the oldest record
	clean_reading  integer NOT NULL DEFAULT 1, -- the last reading whose leftovers are deleted

	wanted_at      timestamptz NOT NULL,                     -- the latest event. It grows with each one.
	saved_at       timestamptz NOT NULL DEFAULT '-infinity', -- what wanted_at was when the last slice that read everything began
	due_since      timestamptz NOT NULL,                     -- when saved_at < wanted_at became true

	taken_by       text NOT NULL DEFAULT '',
	taken_until    timestamptz NOT NULL DEFAULT '-infinity', -- the end of the lease of taken_by
	queued_until   timestamptz NOT NULL DEFAULT '-infinity', -- until then there should be a job, so the sweep leaves it
	repeated_job   bigint NOT NULL DEFAULT 0,                -- the job that River repeats, so an event adds none; 0 if there is none
	failure        text NOT NULL DEFAULT '',                 -- the error of the last slice, empty after a success

	UNIQUE (name, integration_id, connection_id, model, variant)
);
CREATE INDEX ingest_keys_due ON ingest_keys (due_since) WHERE saved_at < wanted_at;
CREATE INDEX ingest_keys_saved ON ingest_keys (saved_at) WHERE saved_at >= wanted_at;

-- Your own table needs the first line too, or the rows of a connection that was deleted stay.
CREATE TABLE ingest_records (
	key_id      bigint NOT NULL REFERENCES ingest_keys ON DELETE CASCADE,
	id          text NOT NULL,
	data        jsonb,       -- null if Nango had deleted the data before it was read
	modified_at timestamptz NOT NULL,
	reading     integer NOT NULL, -- the reading in which it came last
	incomplete  boolean NOT NULL, -- Nango deleted the data of a later change before it was read
	PRIMARY KEY (key_id, id)
);
