#include <cstddef>
#include <cstdint>
#include <string_view>

#include "inventory/inventory_report.h"

// The manifest of an S3 Inventory report, and the rows of its files.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(assay::ParseInventoryManifest(bytes, "b"));
  auto csv = assay::InventoryCsv::Make({"Bucket", "Key", "Size", "StorageClass", "IsLatest"}, "b");
  if (!csv.ok()) __builtin_trap();
  const size_t half = size / 2;
  if (csv->Take(bytes.substr(0, half)).ok() && csv->Take(bytes.substr(half)).ok()) {
    static_cast<void>(csv->Finish());
  }
  return 0;
}
