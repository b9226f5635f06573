-- Version 4. What was found in an object, apart from its record: it can be a thousand times as
-- large, and lists and conditions on records do not look at it.

-- As the classifier encoded it (classify/codec.h); empty: the record says all there is. NULL in
-- rows from before, whose records have the detections in them.
ALTER TABLE object_record ADD COLUMN detections {BLOB};
