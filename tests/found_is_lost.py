"""A condition in SQL, for tests that judge an estate by nothing but its tables, whichever the database."""

# What the labels of an object o say was found in it has no detections.
FOUND_IS_LOST = (
    "EXISTS (SELECT 1 FROM object_label f JOIN label t ON t.id = f.label_id AND t.kind = 'pii'"
    " WHERE f.object_id = o.id AND f.bucket_id = o.bucket_id AND NOT EXISTS (SELECT 1 FROM object_detections d"
    " WHERE d.object_id = o.id AND d.bucket_id = o.bucket_id))"
)
