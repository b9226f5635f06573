#include "api/service_context.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace assay {

Status RequireRegion(const ServiceContext& context, const std::string& region) {
  const std::vector<std::string>& regions = context.regions;
  if (std::find(regions.begin(), regions.end(), region) != regions.end()) return Status::Ok();
  return InvalidArgument(fmt::format(
      "'{}' is not among the regions of this service ({}); use one of them, or add it to the "
      "setting 'regions' and start the service again",
      region, fmt::join(regions, ", ")));
}

}  // namespace assay
