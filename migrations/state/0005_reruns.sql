-- The ordinal of the first stage that a re-run has to run: what came before it is taken over. NULL runs everything.
ALTER TABLE executions ADD COLUMN from_stage INTEGER CHECK (from_stage > 0);

-- The execution that a stage was run in, where this one took it over.
ALTER TABLE stages ADD COLUMN taken_from INTEGER REFERENCES executions (id) ON DELETE SET NULL;

CREATE INDEX stages_by_source ON stages (taken_from) WHERE taken_from IS NOT NULL;
