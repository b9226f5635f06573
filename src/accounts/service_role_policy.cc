// The policies of the service-linked role; the permissions are the document in deploy/.
#include "accounts/account_service.h"
#include "service_role_policy_data.h"

namespace assay {

std::string_view ServiceLinkedRolePolicy() { return kServiceRolePolicyJson; }

std::string_view ServiceLinkedRoleTrustPolicy() {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
         R"("Principal":{"Service":"macie.amazonaws.com"},"Action":"sts:AssumeRole"}]})";
}

}  // namespace assay
