// Macie Classic's own API: AWS JSON 1.1 on POST /, the seven operations over AccountService and
// S3ResourceService.
//
// Thread rule: may be used by several threads at once.
#pragma once

#include "api/authenticator.h"
#include "api/classic_request.h"
#include "api/http_server.h"
#include "api/page_token.h"
#include "api/service_context.h"

namespace assay {

class ClassicApi {
 public:
  // Both must outlive it.
  ClassicApi(const ServiceContext* context, Authenticator* authenticator)
      : context_(context), authenticator_(authenticator) {}

  // Answers any request to POST /, errors included.
  HttpAnswer Handle(const HttpCall& call);

 private:
  using Outcome = std::variant<std::string, ClassicError>;  // the body, or what went wrong
  Outcome Run(const ClassicRequest& request, const AuthenticatedCaller& who);
  Outcome AssociateMember(const ClassicRequest& request, const AuthenticatedCaller& who);
  Outcome DisassociateMember(const ClassicRequest& request, const AuthenticatedCaller& who);
  Outcome ListMembers(const ClassicRequest& request);
  Outcome ChangeResources(const ClassicRequest& request, const AuthenticatedCaller& who);
  Outcome ListResources(const ClassicRequest& request, const AuthenticatedCaller& who);

  const ServiceContext* const context_;
  Authenticator* const authenticator_;
};

// At most `limit` resources after `position`, or from the start.
Result<std::vector<ResourceRow>> ListResourcesAfter(S3ResourceService* resources,
                                                    const std::string& account_id,
                                                    const std::string& region,
                                                    const PagePosition& position, uint32_t limit);

}  // namespace assay
