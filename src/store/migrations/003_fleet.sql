-- What a fleet (several `assay serve` and `assay worker` on one PostgreSQL) keeps besides: pages that
-- were handed out, who leads, who works. Unused while one process does everything.

-- Pages of a walk that were listed and are not yet behind its checkpoint (walk.continuation). They
-- end in any order; the checkpoint moves over those that are done without a gap.
CREATE TABLE walk_page (
  walk_id        {INT} NOT NULL REFERENCES walk (id) ON DELETE CASCADE,
  number         {INT} NOT NULL,
  account_id     {TEXT} NOT NULL,
  page           {BLOB} NOT NULL,  -- continuation that lists it; empty = the first
  next_page      {BLOB} NOT NULL,  -- empty = it is the last
  after_key      {BLOB} NOT NULL,
  last_key       {BLOB} NOT NULL,
  bounded        {INT} NOT NULL,   -- keys up to last_key and no others are its own
  state          {TEXT} NOT NULL CHECK (state IN ('open', 'done', 'dead')),
  attempt        {INT} NOT NULL,   -- how often it was published
  published_ms   {INT} NOT NULL,   -- 0 = it is to be published
  listed_objects {INT} NOT NULL,
  listed_bytes   {INT} NOT NULL,
  reason         {TEXT} NOT NULL,  -- why it is dead
  PRIMARY KEY (walk_id, number)
){CLUSTERED};

-- One row: the epoch of the leader. Every transaction of a leader begins by updating the row with
-- its own epoch, so that one that was deposed changes nothing any more.
CREATE TABLE fleet_leader (
  id         {INT} PRIMARY KEY CHECK (id = 1),
  epoch      {INT} NOT NULL,
  holder     {TEXT} NOT NULL,
  since_ms   {INT} NOT NULL,
  seen_ms    {INT} NOT NULL
);

CREATE TABLE worker (
  worker_id          {TEXT} PRIMARY KEY,
  host               {TEXT} NOT NULL,
  version            {TEXT} NOT NULL,
  unit_format        {INT} NOT NULL,
  started_ms         {INT} NOT NULL,
  seen_ms            {INT} NOT NULL,
  draining           {INT} NOT NULL,
  units              {INT} NOT NULL,
  units_in_hand      {INT} NOT NULL,
  objects_per_minute {INT} NOT NULL,
  bytes_per_second   {INT} NOT NULL,
  last_error         {TEXT} NOT NULL
);

-- How often a unit that came back was begun again: one that takes its worker down with it is found
-- out. Units that end at the first attempt leave nothing here.
CREATE TABLE unit_claim (
  unit_id    {TEXT} PRIMARY KEY,
  claims     {INT} NOT NULL,
  claimed_ms {INT} NOT NULL
);
