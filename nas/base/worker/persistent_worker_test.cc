// Tests workers by the protocol, with worker_test_program as the worker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "nas/base/file.h"
#include "nas/base/worker/worker_client.h"
#include "nas/base/worker/worker_protocol.pb.h"

namespace robbench {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kProgram[] = "nas/base/worker/worker_test_program";

std::string Path(const std::string& name) {
  return absl::StrCat(testing::TempDir(), "/", name);
}

std::string Log() { return ReadFile(Path("log")).value_or(""); }

class PersistentWorkerTest : public testing::Test {
 protected:
  explicit PersistentWorkerTest(const std::vector<std::string>& flags = {})
      : worker_(kProgram, flags, Path("log")) {}

  // Expects an answer, and then that the worker still works.
  WorkResponse Ask(const std::vector<std::string>& arguments) {
    const std::optional<WorkResponse> response =
        worker_.Ask(arguments, /*request_id=*/5);
    EXPECT_TRUE(response.has_value()) << Log();
    if (!response.has_value()) return {};
    EXPECT_EQ(response->request_id(), 5);
    const std::optional<WorkResponse> next = worker_.Ask({"--text=next"});
    EXPECT_TRUE(next.has_value());
    if (next.has_value()) {
      EXPECT_EQ(next->output(), "out next 1 0 1\nerr next 1 0 1\n");
    }
    return *response;
  }

  WorkerClient worker_;
};

TEST_F(PersistentWorkerTest, RequestsInTurnEachFromAFreshState) {
  for (int i = 0; i < 200; ++i) {
    const std::string out = Path("out");
    unlink(out.c_str());
    std::vector<std::string> arguments = {absl::StrCat("--out=", out)};
    std::string expected = "default 1 0 1\n";
    if (i % 3 == 1) {
      arguments.push_back(absl::StrCat("--text=t", i));
      expected = absl::StrCat("t", i, " 1 0 1\n");
    } else if (i % 3 == 2) {
      arguments.insert(arguments.end(), {absl::StrCat("--count=", i), "more"});
      expected = absl::StrCat("default ", i, " 1 1\n");
    }
    const std::optional<WorkResponse> response = worker_.Ask(arguments, i);
    ASSERT_TRUE(response.has_value()) << Log();
    EXPECT_EQ(response->exit_code(), 0);
    EXPECT_EQ(response->request_id(), i);
    EXPECT_EQ(response->output(), "out " + expected + "err " + expected);
    EXPECT_EQ(ReadFile(out).value_or(""), expected);
  }
  EXPECT_EQ(worker_.Finish(), 0);
}

TEST_F(PersistentWorkerTest, AnswersAllThatCameAtOnce) {
  for (int i = 1; i <= 3; ++i) {
    WorkRequest request;
    request.add_arguments(absl::StrCat("--count=", i));
    request.set_request_id(i);
    worker_.Send(request);
  }
  for (int i = 1; i <= 3; ++i) {
    const std::optional<WorkResponse> response = worker_.Receive();
    ASSERT_TRUE(response.has_value());
    EXPECT_EQ(response->request_id(), i);
    EXPECT_THAT(response->output(),
                StartsWith(absl::StrCat("out default ", i)));
  }
  EXPECT_EQ(worker_.Finish(), 0);
}

TEST_F(PersistentWorkerTest, ArgumentsFromAFile) {
  ASSERT_TRUE(WriteFile(Path("flags"), "--text=a b\n--count=3\n").ok());
  EXPECT_THAT(Ask({absl::StrCat("--flagfile=", Path("flags"))}).output(),
              StartsWith("out a b 3 0 1\n"));
  // As a process.
  const std::string command = absl::StrCat(
      kProgram, " --flagfile=", Path("flags"), " >", Path("stdout"));
  EXPECT_EQ(std::system(command.c_str()), 0);
  EXPECT_EQ(ReadFile(Path("stdout")).value_or(""), "out a b 3 0 1\n");
}

TEST_F(PersistentWorkerTest, ExitCodesAndMessages) {
  WorkResponse response = Ask({"--act=fail"});
  EXPECT_EQ(response.exit_code(), 1);
  EXPECT_EQ(response.output(), "error: it failed\n");
  response = Ask({"--act=usage"});
  EXPECT_EQ(response.exit_code(), 2);
  EXPECT_THAT(response.output(), StartsWith("usage: --missing is required"));
  response = Ask({"--no_such_flag=1"});
  EXPECT_EQ(response.exit_code(), 2);
  EXPECT_THAT(response.output(), HasSubstr("no_such_flag"));
  EXPECT_EQ(Ask({"--act=exit"}).exit_code(), 7);
  EXPECT_EQ(Ask({"--help"}).exit_code(), 0);
}

TEST_F(PersistentWorkerTest, SurvivesCrashes) {
  WorkResponse response = Ask({"--act=crash"});
  EXPECT_EQ(response.exit_code(), 128 + SIGSEGV);
  EXPECT_EQ(response.output(),
            "error: ended by signal 11 (Segmentation fault)\n");
  response = Ask({"--act=abort"});
  EXPECT_EQ(response.exit_code(), 128 + SIGABRT);
  EXPECT_EQ(response.output(), "error: ended by signal 6 (Aborted)\n");
}

TEST_F(PersistentWorkerTest, BoundsOutput) {
  EXPECT_EQ(Ask({"--act=print", "--count=3"}).output(),
            "line 0\nline 1\nline 2\n");
  const std::string output = Ask({"--act=print", "--count=1000000"}).output();
  EXPECT_THAT(output, EndsWith("line 999998\nline 999999\n"));
  EXPECT_LE(output.size(), 1 << 20);
  EXPECT_GE(output.size(), 1 << 19);
}

TEST_F(PersistentWorkerTest, OutputNeedNotBeUtf8) {
  EXPECT_THAT(Ask({"--text=\xff\xfe"}).output(), StartsWith("out \xff\xfe 1"));
}

TEST_F(PersistentWorkerTest, RequestsCannotReadOtherRequests) {
  EXPECT_EQ(Ask({"--act=read"}).output(), "read nothing");
}

TEST_F(PersistentWorkerTest, EndsWithTheProcessNotWithItsPipe) {
  EXPECT_EQ(Ask({"--act=close"}).exit_code(), 0);
  EXPECT_THAT(Ask({"--act=leave_behind"}).output(), StartsWith("out default"));
}

TEST_F(PersistentWorkerTest, LogsWhatRequestsPrintAtOnce) {
  WorkRequest request;
  request.add_arguments("--act=say");
  request.add_arguments("--count=60");
  worker_.Send(request);
  for (int i = 0; i < 300 && Log().empty(); ++i) usleep(100'000);
  EXPECT_EQ(Log(), "begins\n");
  // Nobody waits for the rest.
  EXPECT_EQ(worker_.Abandon(), 0);
}

TEST_F(PersistentWorkerTest, ARequestEndsWithItsWorker) {
  WorkRequest request;
  request.add_arguments("--act=sleep");
  request.add_arguments("--count=600");
  worker_.Send(request);
  const std::string children = absl::StrCat(
      "/proc/", worker_.process(), "/task/", worker_.process(), "/children");
  const auto child = [&] {
    const std::string command =
        absl::StrCat("cat ", children, " >", Path("children"));
    (void)!std::system(command.c_str());
    return atoi(ReadFile(Path("children")).value_or("").c_str());
  };
  int request_process = 0;
  for (int i = 0; i < 300 && request_process == 0; ++i) {
    usleep(100'000);
    request_process = child();
  }
  ASSERT_GT(request_process, 0);
  kill(worker_.process(), SIGKILL);
  bool gone = false;
  for (int i = 0; i < 300 && !gone; ++i) {
    usleep(100'000);
    const std::string stat = absl::StrCat("/proc/", request_process, "/stat");
    gone = access(stat.c_str(), F_OK) != 0 ||
           std::system(absl::StrCat("grep -q ') Z ' ", stat).c_str()) == 0;
  }
  EXPECT_TRUE(gone);
}

TEST_F(PersistentWorkerTest, MalformedInputEndsIt) {
  const auto refused = [](const std::string& bytes) {
    WorkerClient worker(kProgram, {}, Path("log"));
    worker.SendBytes(bytes);
    EXPECT_EQ(worker.Finish(), 1) << Log();
    return Log();
  };
  EXPECT_THAT(refused("\x05hello"), HasSubstr("no WorkRequest"));
  EXPECT_THAT(refused("\x05he"), HasSubstr("cut short"));
  EXPECT_THAT(refused("\x85"), HasSubstr("cut short"));
  EXPECT_THAT(refused("\xff\xff\xff\xff\x0f"), HasSubstr("expected at most"));
  EXPECT_THAT(refused("\x80\x80\x80\x80\x80\x80"),
              HasSubstr("expected at most"));
}

TEST_F(PersistentWorkerTest, EndsWithItsInput) {
  EXPECT_EQ(worker_.Finish(), 0);
  EXPECT_EQ(Log(), "");
}

TEST_F(PersistentWorkerTest, OtherArgumentsAreRefused) {
  for (const char* flag :
       {"--text=x", "--worker_idle_limit=soon", "--worker_time_limit=-1s",
        "--worker_memory_limit_mib=much"}) {
    WorkerClient worker(kProgram, {flag}, Path("log"));
    EXPECT_EQ(worker.Finish(), 2);
    EXPECT_THAT(Log(), AllOf(StartsWith("usage: "), HasSubstr(flag)));
  }
}

TEST_F(PersistentWorkerTest, OneThreadOnly) {
  setenv("START_A_THREAD", "1", 1);
  WorkerClient worker(kProgram, {}, Path("log"));
  unsetenv("START_A_THREAD");
  EXPECT_EQ(worker.Finish(), 1);
  EXPECT_THAT(Log(), HasSubstr("expected one thread in a worker, found 2"));
}

TEST_F(PersistentWorkerTest, ARequestThatRestartsAsAWorkerIsRefused) {
  setenv("ROBBENCH_WORK_REQUEST", "1", 1);
  WorkerClient worker(kProgram, {}, Path("log"));
  unsetenv("ROBBENCH_WORK_REQUEST");
  EXPECT_EQ(worker.Finish(), 1);
  EXPECT_THAT(Log(), HasSubstr("environment of another profile"));
}

class LimitTest : public PersistentWorkerTest {
 protected:
  LimitTest()
      : PersistentWorkerTest({"--worker_idle_limit=5s",
                              "--worker_time_limit=10s",
                              "--worker_memory_limit_mib=200"}) {}
};

TEST_F(LimitTest, OfIdling) {
  const WorkResponse response = Ask({"--act=hang"});
  EXPECT_EQ(response.exit_code(), 1);
  EXPECT_EQ(response.output(),
            "error: killed: no processor time for 5s (--worker_idle_limit)\n");
}

TEST_F(LimitTest, OfTime) {
  const WorkResponse response = Ask({"--act=spin"});
  EXPECT_EQ(response.exit_code(), 1);
  EXPECT_EQ(response.output(),
            "error: killed: expected at most 10s (--worker_time_limit)\n");
}

TEST_F(LimitTest, OfMemory) {
  const WorkResponse response = Ask({"--act=allocate", "--count=300"});
  EXPECT_EQ(response.exit_code(), 1);
  EXPECT_THAT(response.output(),
              StartsWith("error: killed: expected at most 200 MiB of memory "
                         "(--worker_memory_limit_mib), found "));
  // What was below stays below.
  EXPECT_EQ(Ask({"--act=print"}).output(), "line 0\n");
}

}  // namespace
}  // namespace robbench
