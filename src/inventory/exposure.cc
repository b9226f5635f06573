#include "inventory/exposure.h"

#include <algorithm>
#include <array>

#include "inventory/glob.h"

namespace assay {
namespace {

enum class Direction { kRead, kWrite };

// Steps of comparing patterns for one policy: a policy made to be slow is not judged. Real ones
// need thousands.
constexpr uint64_t kMaxWork = 200'000'000;

struct WorldAction {
  std::string_view name;
  Direction direction;
  bool on_objects;  // its resource is an object, not the bucket
};
constexpr std::array kActions = {
    WorldAction{"s3:GetObject", Direction::kRead, true},
    WorldAction{"s3:GetObjectVersion", Direction::kRead, true},
    WorldAction{"s3:GetObjectTorrent", Direction::kRead, true},
    WorldAction{"s3:ListBucket", Direction::kRead, false},
    WorldAction{"s3:ListBucketVersions", Direction::kRead, false},
    WorldAction{"s3:PutObject", Direction::kWrite, true},
    WorldAction{"s3:DeleteObject", Direction::kWrite, true},
    WorldAction{"s3:DeleteObjectVersion", Direction::kWrite, true},
    WorldAction{"s3:PutObjectAcl", Direction::kWrite, true},
    WorldAction{"s3:PutObjectVersionAcl", Direction::kWrite, true},
    WorldAction{"s3:RestoreObject", Direction::kWrite, true},
    WorldAction{"s3:PutBucketAcl", Direction::kWrite, false},
    WorldAction{"s3:PutBucketPolicy", Direction::kWrite, false},
    WorldAction{"s3:DeleteBucketPolicy", Direction::kWrite, false},
    WorldAction{"s3:DeleteBucket", Direction::kWrite, false},
    WorldAction{"s3:PutBucketPublicAccessBlock", Direction::kWrite, false},
    WorldAction{"s3:PutLifecycleConfiguration", Direction::kWrite, false},
    WorldAction{"s3:PutReplicationConfiguration", Direction::kWrite, false},
};

constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
constexpr std::string_view kAuthenticatedUsers =
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";

std::string_view Partition(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

// Whether a stranger is among those the statement speaks of.
Truth SpeaksOfStrangers(const PolicyStatement& statement) {
  if (statement.not_principal) {
    return statement.not_principal->everyone ? Truth::kNo : Truth::kYes;
  }
  if (!statement.principal) return Truth::kNo;  // S3 takes no such policy
  if (statement.principal->everyone) return Truth::kYes;
  const auto has_wildcard = [](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(),
                       [](const std::string& name) { return HasWildcard(name); });
  };
  // Amazon S3 takes no wildcard within a name; other stores may.
  const bool unsure = has_wildcard(statement.principal->aws) ||
                      has_wildcard(statement.principal->federated) ||
                      has_wildcard(statement.principal->canonical_users);
  return unsure ? Truth::kUnknown : Truth::kNo;
}

// Whether the conditions of an Allow can all be met by a stranger.
Truth CanMeet(const PolicyStatement& statement) {
  Truth all = Truth::kYes;
  for (const PolicyCondition& condition : statement.conditions) {
    const Reach reach = ReachOfCondition(condition);
    if (reach == Reach::kNever) return Truth::kNo;
    if (reach == Reach::kUnknown) all = Truth::kUnknown;
  }
  return all;
}

// Whether the conditions of a Deny hold for strangers whatever they do.
Truth CannotAvoid(const PolicyStatement& statement) {
  Truth all = Truth::kYes;
  for (const PolicyCondition& condition : statement.conditions) {
    const Reach reach = ReachOfCondition(condition);
    if (reach == Reach::kNever || reach == Reach::kPossible) return Truth::kNo;
    if (reach == Reach::kUnknown) all = Truth::kUnknown;
  }
  return all;
}

class PolicyWorld {
 public:
  PolicyWorld(const Policy& policy, const ExposureInput& input)
      : policy_(policy),
        bucket_arn_("arn:" + std::string(Partition(input.region)) + ":s3:::" + input.bucket) {}

  WorldAccess Evaluate(Direction direction) const;

 private:
  // Parts of the bucket (patterns of ARNs) that an Allow opens for an action.
  std::vector<std::string> OpenedParts(const PolicyStatement& allow, bool on_objects) const;
  Truth IsDenied(const WorldAction& action, const std::string& part) const;
  bool DenyCovers(const PolicyStatement& deny, const WorldAction& action,
                  const std::string& part) const;
  // Takes in one Allow; true when it settles the question.
  bool Judge(size_t index, const WorldAction& action, WorldAccess* access) const;

  const Policy& policy_;
  const std::string bucket_arn_;
  mutable uint64_t work_ = 0;  // steps of comparing patterns, at most
};

std::vector<std::string> PolicyWorld::OpenedParts(const PolicyStatement& allow,
                                                  bool on_objects) const {
  const std::string all_objects = bucket_arn_ + "/*";
  const std::string whole = on_objects ? all_objects : bucket_arn_;
  std::vector<std::string> parts;
  if (!allow.not_resources.empty()) {
    const bool excluded =
        std::any_of(allow.not_resources.begin(), allow.not_resources.end(),
                    [&](const std::string& pattern) { return GlobCovers(pattern, whole); });
    if (!excluded) parts.push_back(whole);
    return parts;
  }
  if (allow.resources.empty()) parts.push_back(whole);
  for (const std::string& pattern : allow.resources) {
    if (GlobCovers(pattern, whole)) {
      parts.push_back(whole);
    } else if (on_objects && GlobMeetsPrefix(pattern, bucket_arn_ + '/')) {
      parts.push_back(pattern);
    }
  }
  return parts;
}

bool PolicyWorld::DenyCovers(const PolicyStatement& deny, const WorldAction& action,
                             const std::string& part) const {
  if (deny.allow || !StatementHasAction(deny, action.name)) return false;
  if (!deny.not_resources.empty()) {
    const std::string start = action.on_objects ? bucket_arn_ + '/' : bucket_arn_;
    return std::none_of(
        deny.not_resources.begin(), deny.not_resources.end(), [&](const std::string& pattern) {
          return action.on_objects ? GlobMeetsPrefix(pattern, start) : GlobMatches(pattern, start);
        });
  }
  if (deny.resources.empty()) return true;
  return std::any_of(deny.resources.begin(), deny.resources.end(), [&](const std::string& pattern) {
    work_ += uint64_t{pattern.size()} * part.size();
    return work_ <= kMaxWork && GlobCovers(pattern, part);
  });
}

Truth PolicyWorld::IsDenied(const WorldAction& action, const std::string& part) const {
  Truth denied = Truth::kNo;
  for (const PolicyStatement& statement : policy_.statements) {
    const bool covers = DenyCovers(statement, action, part);
    if (work_ > kMaxWork) return Truth::kUnknown;
    if (!covers) continue;
    denied = Or(denied, And(SpeaksOfStrangers(statement), CannotAvoid(statement)));
    if (denied == Truth::kYes) return denied;
  }
  return denied;
}

bool PolicyWorld::Judge(size_t index, const WorldAction& action, WorldAccess* access) const {
  const PolicyStatement& allow = policy_.statements[index];
  if (!allow.allow || !StatementHasAction(allow, action.name)) return false;
  const Truth opens = And(SpeaksOfStrangers(allow), CanMeet(allow));
  if (opens == Truth::kNo) return false;
  for (const std::string& part : OpenedParts(allow, action.on_objects)) {
    const Truth denied = IsDenied(action, part);
    if (denied == Truth::kYes) continue;
    const std::string what = "bucket policy, " + StatementName(policy_, index) + ": " +
                             std::string(action.name) + " on " + part.substr(0, 256);
    if (opens == Truth::kYes && denied == Truth::kNo) {
      access->verdict = Truth::kYes;
      access->reasons = {what + " for everyone"};
      return true;
    }
    if (access->verdict != Truth::kUnknown) {
      access->verdict = Truth::kUnknown;
      access->reasons.push_back(what + " with conditions or principals that are not understood");
    }
  }
  return false;
}

WorldAccess PolicyWorld::Evaluate(Direction direction) const {
  WorldAccess access{.verdict = Truth::kNo, .reasons = {}};
  for (size_t i = 0; i < policy_.statements.size(); ++i) {
    for (const WorldAction& action : kActions) {
      if (action.direction == direction && Judge(i, action, &access)) return access;
    }
  }
  return access;
}

WorldAccess NotKnown(std::string what, const Status& status) {
  if (!status.ok()) what += ": " + status.message();
  return {.verdict = Truth::kUnknown, .reasons = {std::move(what)}};
}

WorldAccess PolicyAccess(const ExposureInput& input, Direction direction) {
  switch (input.policy.state) {
    case DocumentState::kAbsent:
    case DocumentState::kUnsupported:
      return {.verdict = Truth::kNo, .reasons = {}};
    case DocumentState::kDenied:
    case DocumentState::kFailed:
      return NotKnown("the bucket policy could not be read", input.policy.status);
    case DocumentState::kPresent:
      break;
  }
  const Result<Policy> policy = ParsePolicy(input.policy.value);
  if (!policy.ok()) return NotKnown("the bucket policy is not understood", policy.status());
  return PolicyWorld(*policy, input).Evaluate(direction);
}

WorldAccess AclAccess(const ExposureInput& input, Direction direction) {
  if (input.acl.state == DocumentState::kAbsent || input.acl.state == DocumentState::kUnsupported) {
    return {.verdict = Truth::kNo, .reasons = {}};
  }
  if (input.acl.state != DocumentState::kPresent) {
    return NotKnown("the bucket ACL could not be read", input.acl.status);
  }
  WorldAccess access{.verdict = Truth::kNo, .reasons = {}};
  for (const AclGrant& grant : input.acl.value.grants) {
    const bool all = grant.grantee_uri == kAllUsers;
    if (!all && grant.grantee_uri != kAuthenticatedUsers) continue;
    const bool reads = grant.permission == "READ" || grant.permission == "FULL_CONTROL";
    const bool writes = grant.permission == "WRITE" || grant.permission == "WRITE_ACP" ||
                        grant.permission == "FULL_CONTROL";
    if (!(direction == Direction::kRead ? reads : writes)) continue;
    access.verdict = Truth::kYes;
    access.reasons.push_back("bucket ACL: " + grant.permission + " for " +
                             (all ? "AllUsers" : "AuthenticatedUsers"));
  }
  return access;
}

// Whether a setting of either public access block is on; unknown when one of them is not known.
Truth BlockIsOn(const ExposureInput& input, bool PublicAccessBlock::*setting) {
  Truth on = Truth::kNo;
  for (const auto* block : {&input.bucket_block, &input.account_block}) {
    if (block->state == DocumentState::kPresent && block->value.*setting) return Truth::kYes;
    if (block->state == DocumentState::kDenied || block->state == DocumentState::kFailed) {
      on = Truth::kUnknown;
    }
  }
  return on;
}

// What is left of an access behind a public access block.
WorldAccess Behind(Truth block, const char* setting, WorldAccess access) {
  if (access.verdict == Truth::kNo || block == Truth::kNo) return access;
  if (block == Truth::kYes) {
    access.verdict = Truth::kNo;
    for (std::string& reason : access.reasons) {
      reason += std::string("; kept out by the public access block (") + setting + ')';
    }
    return access;
  }
  access.verdict = Truth::kUnknown;
  access.reasons.emplace_back("a public access block could not be read");
  return access;
}

WorldAccess Evaluate(const ExposureInput& input, Direction direction) {
  const WorldAccess by_acl = Behind(BlockIsOn(input, &PublicAccessBlock::ignore_public_acls),
                                    "IgnorePublicAcls", AclAccess(input, direction));
  const WorldAccess by_policy =
      Behind(BlockIsOn(input, &PublicAccessBlock::restrict_public_buckets), "RestrictPublicBuckets",
             PolicyAccess(input, direction));
  WorldAccess both{.verdict = Or(by_acl.verdict, by_policy.verdict), .reasons = {}};
  for (const WorldAccess* access : {&by_acl, &by_policy}) {
    // Reasons of what does not decide would mislead.
    if (access->verdict != both.verdict) continue;
    both.reasons.insert(both.reasons.end(), access->reasons.begin(), access->reasons.end());
  }
  if (both.reasons.empty()) {
    both.reasons.emplace_back("neither the ACL nor the policy of the bucket lets the world in");
  }
  return both;
}

}  // namespace

Exposure EvaluateExposure(const ExposureInput& input) {
  return {.readability = Evaluate(input, Direction::kRead),
          .writability = Evaluate(input, Direction::kWrite)};
}

std::string_view TruthName(Truth truth) {
  if (truth == Truth::kUnknown) return "unknown";
  return truth == Truth::kYes ? "true" : "false";
}

}  // namespace assay
