// Messages of the queue: whatever is decoded comes back the same when it is encoded again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "jobs/unit_order.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const assay::Result<assay::UnitOrder> order = assay::DecodeUnitOrder(text);
  if (!order.ok()) return 0;
  const assay::Result<assay::UnitOrder> again =
      assay::DecodeUnitOrder(assay::EncodeUnitOrder(*order));
  if (!again.ok() || !(*again == *order)) std::abort();
  return 0;
}
