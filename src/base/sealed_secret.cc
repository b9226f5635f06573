#include "base/sealed_secret.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <memory>

#include "base/hmac.h"
#include "base/random_bytes.h"

namespace assay {
namespace {

constexpr char kVersion = 1;
constexpr size_t kNonceBytes = 12;
constexpr size_t kTagBytes = 16;

struct CipherDeleter {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, CipherDeleter>;

// Nothing here can fail but for want of memory, and then there is no way on.
void Check(bool ok) {
  if (!ok) std::abort();
}

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string* text) { return reinterpret_cast<unsigned char*>(text->data()); }

// A file descriptor that is closed at the end of its scope.
class File {
 public:
  explicit File(int fd) : fd_(fd) {}
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

Cipher StartedCipher(const SealingKey& key, std::string_view nonce, std::string_view name,
                     bool encrypt) {
  Cipher cipher(EVP_CIPHER_CTX_new());
  Check(cipher != nullptr);
  Check(EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, Bytes(key.bytes()),
                          Bytes(nonce), encrypt ? 1 : 0) == 1);
  int size = 0;
  Check(EVP_CipherUpdate(cipher.get(), nullptr, &size, Bytes(name),
                         static_cast<int>(name.size())) == 1);
  return cipher;
}

}  // namespace

Result<SealingKey> SealingKey::FromBytes(std::string_view bytes) {
  if (bytes.size() != kSealingKeyBytes) {
    return InvalidArgument("a key file holds exactly 32 bytes; this one does not");
  }
  return SealingKey(std::string(bytes));
}

Result<SealingKey> SealingKey::ReadFile(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (file.fd() < 0) return ErrnoStatus(errno, "opening the key file " + path);
  struct stat facts {};
  if (fstat(file.fd(), &facts) != 0) return ErrnoStatus(errno, "reading the key file " + path);
  if (!S_ISREG(facts.st_mode)) return InvalidArgument("the key file " + path + " is no file");
  if ((facts.st_mode & 077) != 0) {
    return PermissionDenied("others than its owner may use the key file " + path +
                            ": run chmod 600 on it");
  }
  std::string bytes(kSealingKeyBytes + 1, '\0');
  const ssize_t size = read(file.fd(), bytes.data(), bytes.size());
  if (size < 0) return ErrnoStatus(errno, "reading the key file " + path);
  auto key = FromBytes(std::string_view(bytes).substr(0, static_cast<size_t>(size)));
  OPENSSL_cleanse(bytes.data(), bytes.size());
  if (!key.ok()) return key.status().WithContext(path);
  return key;
}

Result<SealingKey> SealingKey::CreateFile(const std::string& path) {
  const File file(open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (file.fd() < 0) {
    if (errno == EEXIST) return InvalidArgument("the key file " + path + " exists already");
    return ErrnoStatus(errno, "making the key file " + path);
  }
  SealingKey key(RandomBytes(kSealingKeyBytes));
  const ssize_t written = write(file.fd(), key.bytes().data(), key.bytes().size());
  if (written != static_cast<ssize_t>(kSealingKeyBytes) || fsync(file.fd()) != 0) {
    const int error = errno;
    unlink(path.c_str());  // half a key is worse than none
    return ErrnoStatus(error, "writing the key file " + path);
  }
  return key;
}

SealingKey::~SealingKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

std::string SealingKey::Derive(std::string_view purpose) const {
  const Sha256Digest digest = HmacSha256(bytes_).Sign(purpose);
  return DigestHex(digest, digest.size());
}

std::string SealSecret(const SealingKey& key, std::string_view name, std::string_view secret) {
  const std::string nonce = RandomBytes(kNonceBytes);
  const Cipher cipher = StartedCipher(key, nonce, name, true);
  std::string encrypted(secret.size(), '\0');
  int size = 0;
  Check(EVP_CipherUpdate(cipher.get(), Bytes(&encrypted), &size, Bytes(secret),
                         static_cast<int>(secret.size())) == 1);
  std::array<unsigned char, kTagBytes> rest{};
  Check(EVP_CipherFinal_ex(cipher.get(), rest.data(), &size) == 1);
  std::string tag(kTagBytes, '\0');
  Check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return kVersion + nonce + encrypted + tag;
}

Result<std::string> OpenSecret(const SealingKey& key, std::string_view name,
                               std::string_view sealed) {
  if (sealed.size() < 1 + kNonceBytes + kTagBytes || sealed[0] != kVersion) {
    return DataLoss("the sealed secret is damaged");
  }
  const std::string_view nonce = sealed.substr(1, kNonceBytes);
  const std::string_view encrypted =
      sealed.substr(1 + kNonceBytes, sealed.size() - 1 - kNonceBytes - kTagBytes);
  std::string tag(sealed.substr(sealed.size() - kTagBytes));
  const Cipher cipher = StartedCipher(key, nonce, name, false);
  std::string secret(encrypted.size(), '\0');
  int size = 0;
  Check(EVP_CipherUpdate(cipher.get(), Bytes(&secret), &size, Bytes(encrypted),
                         static_cast<int>(encrypted.size())) == 1);
  Check(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1);
  std::array<unsigned char, kTagBytes> rest{};
  if (EVP_CipherFinal_ex(cipher.get(), rest.data(), &size) != 1) {
    OPENSSL_cleanse(secret.data(), secret.size());
    return DataLoss(
        "the sealed secret does not open: the key file is not the one it was made with");
  }
  return secret;
}

std::string ApiCredentialSecretName(std::string_view access_key_id) {
  return "api-credential/" + std::string(access_key_id);
}

}  // namespace assay
