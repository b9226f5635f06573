// An object's row (store/object_rows.h) and its Classification, each made from the other. What the
// row has columns for is not in its record as well: at two kilobytes an object, every second byte
// of a database would be there twice.
//
// Thread rule: free functions.
#pragma once

#include "classify/classification.h"
#include "objectstore/object_store.h"
#include "store/object_rows.h"

namespace assay {

// The columns of the row that follow from the classification, and its record; attempts, pauses and
// charge are RecordUnit's.
ObjectRow MakeObjectRow(Classification&& classification, const ObjectInfo& object);

// What the row says of its object; its detections as encoded_detections. Records of before schema
// version 7 have all members: columns go before them. Of a record that cannot be read nothing is
// taken.
Classification ClassificationOf(const ObjectRow& row);

}  // namespace assay
