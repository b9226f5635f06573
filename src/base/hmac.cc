#include "base/hmac.h"

#include <openssl/evp.h>

#include <cstdlib>

namespace assay {
namespace {

constexpr size_t kBlock = 64;  // SHA-256 works on blocks of this many bytes

// Nothing here can fail but for want of memory, and then there is no way on.
void Check(int ok) {
  if (ok != 1) std::abort();
}

struct ContextDeleter {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, ContextDeleter>;

Context NewContext() {
  Context context(EVP_MD_CTX_new());
  Check(context != nullptr);
  return context;
}

Sha256Digest Finish(EVP_MD_CTX* context) {
  Sha256Digest digest;
  unsigned size = 0;
  Check(EVP_DigestFinal_ex(context, digest.data(), &size));
  return digest;
}

// A context that has taken in `block`.
Context Started(const std::array<uint8_t, kBlock>& block) {
  Context context = NewContext();
  Check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr));
  Check(EVP_DigestUpdate(context.get(), block.data(), block.size()));
  return context;
}

}  // namespace

struct HmacSha256::Impl {
  Context inner;
  Context outer;
  Context work = NewContext();
};

HmacSha256::HmacSha256(std::string_view key) : impl_(std::make_unique<Impl>()) {
  Sha256Digest hashed;
  if (key.size() > kBlock) {
    Context context = NewContext();
    Check(EVP_DigestInit_ex(context.get(), EVP_sha256(), nullptr));
    Check(EVP_DigestUpdate(context.get(), key.data(), key.size()));
    hashed = Finish(context.get());
    key = {reinterpret_cast<const char*>(hashed.data()), hashed.size()};
  }
  std::array<uint8_t, kBlock> inner;
  std::array<uint8_t, kBlock> outer;
  for (size_t i = 0; i < kBlock; ++i) {
    const uint8_t byte = i < key.size() ? static_cast<uint8_t>(key[i]) : 0;
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  }
  impl_->inner = Started(inner);
  impl_->outer = Started(outer);
}

HmacSha256::~HmacSha256() = default;

Sha256Digest HmacSha256::Sign(std::string_view message) const {
  EVP_MD_CTX* work = impl_->work.get();
  Check(EVP_MD_CTX_copy_ex(work, impl_->inner.get()));
  Check(EVP_DigestUpdate(work, message.data(), message.size()));
  const Sha256Digest first = Finish(work);
  Check(EVP_MD_CTX_copy_ex(work, impl_->outer.get()));
  Check(EVP_DigestUpdate(work, first.data(), first.size()));
  return Finish(work);
}

std::string DigestHex(const Sha256Digest& digest, size_t bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes);
  for (size_t i = 0; i < bytes; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 15];
  }
  return hex;
}

}  // namespace assay
