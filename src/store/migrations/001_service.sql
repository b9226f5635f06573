-- Everything the service remembers. One text for both databases: {BLOB}, {TEXT}, {INT}, {SERIAL}
-- and {CLUSTERED} are replaced by each one's own words (store/migrations.cc).
--
-- Moments are milliseconds since the Unix epoch, UTC. Bytes that need not be UTF-8 are {BLOB}.

CREATE TABLE service (
  id                 {INT} PRIMARY KEY CHECK (id = 1),
  enabled            {INT} NOT NULL,
  master_account_id  {TEXT} NOT NULL,
  enabled_at_ms      {INT} NOT NULL,
  disabled_at_ms     {INT} NOT NULL,
  last_start_ms      {INT} NOT NULL,
  last_clean_stop_ms {INT} NOT NULL
);

CREATE TABLE account (
  account_id         {TEXT} PRIMARY KEY,
  role               {TEXT} NOT NULL CHECK (role IN ('master', 'member')),
  state              {TEXT} NOT NULL CHECK (state IN ('integrated', 'disassociated', 'disabled')),
  handshake_role_arn {TEXT} NOT NULL,
  service_role_arn   {TEXT} NOT NULL,
  integrated_at_ms   {INT} NOT NULL,
  last_contact_ms    {INT} NOT NULL,
  last_error         {TEXT} NOT NULL,
  quota_bytes        {INT} NOT NULL,
  charged_bytes      {INT} NOT NULL DEFAULT 0
);

CREATE TABLE resource (
  id               {SERIAL},
  account_id       {TEXT} NOT NULL,
  region           {TEXT} NOT NULL,
  bucket           {TEXT} NOT NULL,
  prefix           {BLOB} NOT NULL,
  one_time_full    {INT} NOT NULL,
  continuous_full  {INT} NOT NULL,
  associated_at_ms {INT} NOT NULL,
  one_time_done_ms {INT} NOT NULL,
  last_compared_ms {INT} NOT NULL,
  UNIQUE (account_id, bucket, prefix, region)
);

CREATE TABLE walk (
  id             {SERIAL},
  resource_id    {INT} NOT NULL REFERENCES resource (id) ON DELETE CASCADE,
  account_id     {TEXT} NOT NULL,
  kind           {TEXT} NOT NULL CHECK (kind IN ('one-time', 'comparison')),
  state          {TEXT} NOT NULL CHECK (state IN ('ready', 'quota-reached', 'blocked', 'done')),
  continuation   {BLOB} NOT NULL,
  last_key       {BLOB} NOT NULL,
  pages          {INT} NOT NULL,
  listed_objects {INT} NOT NULL,
  listed_bytes   {INT} NOT NULL,
  attempts       {INT} NOT NULL,
  not_before_ms  {INT} NOT NULL,
  last_error     {TEXT} NOT NULL,
  started_ms     {INT} NOT NULL,
  finished_ms    {INT} NOT NULL
);
CREATE INDEX walk_resource ON walk (resource_id);
-- At most one unfinished walk of a kind per resource.
CREATE UNIQUE INDEX walk_unfinished ON walk (resource_id, kind) WHERE state <> 'done';

CREATE TABLE object_event (
  id            {SERIAL},
  account_id    {TEXT} NOT NULL,
  bucket        {TEXT} NOT NULL,
  object_key    {BLOB} NOT NULL,
  deleted       {INT} NOT NULL,
  event_ms      {INT} NOT NULL,
  received_ms   {INT} NOT NULL,
  attempts      {INT} NOT NULL,
  not_before_ms {INT} NOT NULL,
  UNIQUE (account_id, bucket, object_key)
);
CREATE INDEX object_event_due ON object_event (account_id, not_before_ms, received_ms);

-- Objects name their bucket by a small number: the wide (account, bucket) pair would be repeated in
-- every row and index entry.
CREATE TABLE bucket (
  id         {SERIAL},
  account_id {TEXT} NOT NULL,
  name       {TEXT} NOT NULL,
  UNIQUE (account_id, name)
);

CREATE TABLE object (
  id                {SERIAL},
  bucket_id         {INT} NOT NULL,
  object_key        {BLOB} NOT NULL,
  etag              {BLOB} NOT NULL,
  version_id        {BLOB} NOT NULL,
  size              {INT} NOT NULL,
  last_modified_ms  {INT} NOT NULL,
  retryable         {INT} NOT NULL,
  dlp_risk          {INT} NOT NULL CHECK (dlp_risk BETWEEN 0 AND 10),
  pii_impact        {TEXT} NOT NULL,
  bytes_classified  {INT} NOT NULL,
  charged_bytes     {INT} NOT NULL,
  classified_at_ms  {INT} NOT NULL,
  attempts          {INT} NOT NULL,
  not_before_ms     {INT} NOT NULL,
  server_encryption {TEXT} NOT NULL,
  sse_kms_key_id    {TEXT} NOT NULL,
  labels            {TEXT} NOT NULL,  -- ids of label: "3,17,20"; the outcome's comes first
  UNIQUE (bucket_id, object_key)
);

-- Apart from the row that lists and comparisons read, which stays small that way.
CREATE TABLE object_record (
  object_id {INT} PRIMARY KEY,
  record    {TEXT} NOT NULL
);

-- The words objects are looked up by: 'outcome' (name, detail = outcome, reason), 'impact', 'pii'
-- and 'theme' (name).
CREATE TABLE label (
  id     {SERIAL},
  kind   {TEXT} NOT NULL,
  name   {TEXT} NOT NULL,
  detail {TEXT} NOT NULL,
  UNIQUE (kind, name, detail)
);

-- One entry per object and label. Within a (bucket, label, risk) entries are in the order of time,
-- so that every filter and both orders of a list are read from a few ranges of an index.
CREATE TABLE object_label (
  bucket_id        {INT} NOT NULL,
  label_id         {INT} NOT NULL,
  dlp_risk         {INT} NOT NULL,
  classified_at_ms {INT} NOT NULL,
  object_id        {INT} NOT NULL,
  PRIMARY KEY (bucket_id, label_id, dlp_risk, classified_at_ms, object_id)
){CLUSTERED};
CREATE INDEX object_label_all
  ON object_label (label_id, dlp_risk, classified_at_ms, object_id, bucket_id);

-- How many entries object_label has, kept in the transactions that change it.
CREATE TABLE label_count (
  bucket_id        {INT} NOT NULL,
  label_id         {INT} NOT NULL,
  dlp_risk         {INT} NOT NULL,
  objects          {INT} NOT NULL,
  bytes_classified {INT} NOT NULL,
  PRIMARY KEY (bucket_id, label_id, dlp_risk)
){CLUSTERED};

CREATE TABLE snapshot (
  account_id         {TEXT} NOT NULL,
  bucket             {TEXT} NOT NULL,
  region             {TEXT} NOT NULL,
  taken_at_ms        {INT} NOT NULL,
  finished_at_ms     {INT} NOT NULL,
  object_count       {INT} NOT NULL,
  total_size         {INT} NOT NULL,
  total_processed    {INT} NOT NULL,
  by_storage_class   {TEXT} NOT NULL,  -- JSON: [["STANDARD",objects,bytes],...]
  by_encryption      {TEXT} NOT NULL,
  oldest_modified_ms {INT} NOT NULL,
  newest_modified_ms {INT} NOT NULL,
  source             {TEXT} NOT NULL,
  PRIMARY KEY (account_id, bucket)
);

CREATE TABLE bucket_properties (
  account_id         {TEXT} NOT NULL,
  bucket             {TEXT} NOT NULL,
  region             {TEXT} NOT NULL,
  crawled_at_ms      {INT} NOT NULL,
  world_readability  {TEXT} NOT NULL,
  world_writability  {TEXT} NOT NULL,
  properties         {TEXT} NOT NULL,  -- JSON
  PRIMARY KEY (account_id, bucket)
);

CREATE TABLE api_credential (
  access_key_id {TEXT} PRIMARY KEY,
  sealed_secret {BLOB} NOT NULL,
  user_name     {TEXT} NOT NULL,
  account_id    {TEXT} NOT NULL,
  read_only     {INT} NOT NULL,
  active        {INT} NOT NULL,
  created_at_ms {INT} NOT NULL,
  last_used_ms  {INT} NOT NULL
);

CREATE TABLE console_user (
  user_name     {TEXT} PRIMARY KEY,
  password_hash {TEXT} NOT NULL,
  read_only     {INT} NOT NULL,
  created_at_ms {INT} NOT NULL
);

CREATE TABLE sealed_secret (
  name   {TEXT} PRIMARY KEY,
  sealed {BLOB} NOT NULL
);

CREATE TABLE audit (
  id     {SERIAL},
  at_ms  {INT} NOT NULL,
  actor  {TEXT} NOT NULL,
  source {TEXT} NOT NULL,
  action {TEXT} NOT NULL,
  target {TEXT} NOT NULL,
  result {TEXT} NOT NULL,
  detail {TEXT} NOT NULL
);
