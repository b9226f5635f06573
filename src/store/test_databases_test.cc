#include "store/test_databases.h"

#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>
#include <vector>

#include "store/postgres_connection.h"

namespace assay {
namespace {

namespace fs = std::filesystem;

fs::path PostgresBinary(const std::string& name) {
  for (const auto& version : fs::directory_iterator("/usr/lib/postgresql")) {
    const fs::path path = version.path() / "bin" / name;
    if (fs::exists(path)) return path;
  }
  return name;
}

// Starts a program; PostgreSQL refuses to run as root, so root becomes the user that the package
// made. It ends when the test program does, however that ends.
pid_t StartProgram(const std::vector<std::string>& arguments) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const passwd* const user = getuid() == 0 ? getpwnam("postgres") : nullptr;
  const pid_t pid = fork();
  if (pid != 0) return pid;
  if (user != nullptr && (setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)) _exit(126);
  prctl(PR_SET_PDEATHSIG, SIGQUIT);
  if (freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

TestFolder::TestFolder() {
  std::string name = (fs::temp_directory_path() / "assay-store-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) std::abort();
  path_ = name;
}
TestFolder::~TestFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

TestPostgres& TestPostgres::Get() {
  static TestPostgres server;
  return server;
}

TestPostgres::TestPostgres() {
  if (const passwd* const user = getpwnam("postgres"); getuid() == 0 && user != nullptr) {
    EXPECT_EQ(chown(folder_.path().c_str(), user->pw_uid, user->pw_gid), 0);
  }
  const std::string data = (folder_.path() / "data").string();
  // A locale that does not sort by bytes: the schema must not depend on the server's.
  const pid_t pid = StartProgram({PostgresBinary("initdb").string(), "-D", data, "-U", "assay",
                                  "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"});
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0) << "initdb failed: is the package postgresql installed?";
  Start();
}

TestPostgres::~TestPostgres() { Stop(SIGINT); }

void TestPostgres::Start() {
  pid_ = StartProgram(
      {PostgresBinary("postgres").string(), "-D", (folder_.path() / "data").string(), "-k",
       folder_.path().string(), "-c", "listen_addresses=", "-c", "full_page_writes=off", "-c",
       "log_min_messages=panic", "-c", "log_min_error_statement=panic", "-c", "fsync=off"});
  for (int i = 0; i < 6000; ++i) {
    if (PQping(Url("postgres").c_str()) == PQPING_OK) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ADD_FAILURE() << "PostgreSQL did not start";
}

void TestPostgres::Stop(int signal) {
  kill(pid_, signal);
  waitpid(pid_, nullptr, 0);
}

void TestPostgres::Crash() {
  Stop(SIGQUIT);  // "immediate": no clean shutdown, recovery at the start
  Start();
}

std::string TestPostgres::Url(const std::string& database) const {
  return "postgresql://assay@/" + database + "?host=" + folder_.path().string();
}

std::string TestPostgres::NewDatabase() {
  const std::string name = "test" + std::to_string(++databases_);
  auto connection = PostgresConnection::Open(Url("postgres"), 10'000);
  EXPECT_OK(connection);
  if (!connection.ok()) return "";
  EXPECT_OK((*connection)->RunScript(("CREATE DATABASE " + name).c_str()));
  return Url(name);
}

void DatabaseTest::SetUp() {
  options_.url = GetParam() == "sqlite" ? "sqlite:" + (folder_.path() / "assay.db").string()
                                        : TestPostgres::Get().NewDatabase();
  database_ = Open();
  ASSERT_NE(database_, nullptr);
}

std::unique_ptr<Database> DatabaseTest::Open() {
  Result<std::unique_ptr<Database>> opened = Database::Open(options_);
  EXPECT_OK(opened);
  return opened.ok() ? std::move(*opened) : nullptr;
}

void DatabaseTest::Write(const std::function<Status(Transaction&)>& body) {
  EXPECT_OK(database_->Write(body));
}

int64_t DatabaseTest::Number(const std::string& sql) {
  int64_t number = -1;
  EXPECT_OK(database_->Read([&](Transaction& tx) {
    return tx.Query(sql, {}, [&](const SqlRow& row) { number = row.Int(0); });
  }));
  return number;
}

}  // namespace assay
