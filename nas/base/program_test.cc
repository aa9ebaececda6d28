// Tests help, version, exit codes, lists of paths and lack of memory, by
// running a program.
#include <stdio.h>
#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/version.h"

namespace robbench {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Result {
  int code = -1;
  std::string output;  // of both streams
};

Result RunProcess(const std::string& arguments,
                  const std::string& before = "") {
  const std::string command = absl::StrCat(
      before, " nas/base/program_test_program ", arguments, " 2>&1");
  FILE* const pipe = popen(command.c_str(), "r");
  Result result;
  std::array<char, 4096> buffer;
  while (const size_t n = fread(buffer.data(), 1, buffer.size(), pipe)) {
    result.output.append(buffer.data(), n);
  }
  const int status = pclose(pipe);
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  return result;
}

TEST(ProgramTest, VersionAndHelpWhateverElseIsGiven) {
  for (const char* arguments :
       {"--version", "-version", "--megabytes=1 --version",
        "--nosuch --version", "a --version b"}) {
    const Result result = RunProcess(arguments);
    EXPECT_EQ(result.code, 0) << arguments;
    EXPECT_EQ(result.output,
              absl::StrCat("program_test_program (robbench) ", kVersion, "\n"))
        << arguments;
  }
  for (const char* arguments :
       {"--help", "-help", "-h", "--help --nosuch", "--nosuch -h",
        "--megabytes=x --help", "a -h", "--helpshort"}) {
    const Result result = RunProcess(arguments);
    EXPECT_EQ(result.code, 0) << arguments;
    EXPECT_THAT(result.output, HasSubstr("For a test.")) << arguments;
    EXPECT_THAT(result.output, HasSubstr("--megabytes (")) << arguments;
    EXPECT_THAT(result.output, Not(HasSubstr("--flagfile ("))) << arguments;
  }
  EXPECT_THAT(RunProcess("--helpfull").output, HasSubstr("--flagfile ("));
  EXPECT_EQ(RunProcess("--help >/dev/full").code, 1);
}

TEST(ProgramTest, MistakesAreUsage) {
  for (const char* arguments : {"--nosuch", "--nosuch=1", "--megabytes=x",
                                "--megabytes", "-nosuch", "--helper"}) {
    EXPECT_EQ(RunProcess(arguments).code, 2) << arguments;
  }
  // What stands behind "--" is no flag.
  EXPECT_EQ(RunProcess("-- --help").output, "\n\n--help\n");
}

TEST(ProgramTest, PathsHoldAnyCharacter) {
  const Result result =
      RunProcess("--one='a,b/x y' --two=second --one='|\\\"' --one 'c=,' rest");
  EXPECT_EQ(result.code, 0);
  EXPECT_EQ(result.output, "a,b/x y||\\\"|c=,\nsecond\nrest\n");
}

TEST(ProgramTest, MemoryThatRunsOutIsSaid) {
  const std::string file = testing::TempDir() + "file";
  FILE* const out = fopen(file.c_str(), "w");
  fputs("123", out);
  fclose(out);
  for (const char* thread : {"", " --in_thread"}) {
    const Result result =
        RunProcess(absl::StrCat("--megabytes=4000 --read=", file, thread),
                   "ulimit -v 400000 &&");
    EXPECT_EQ(result.code, 1);
    EXPECT_EQ(result.output,
              absl::StrCat("error: out of memory: needs more than the 409 MB "
                           "allowed (ulimit -v); the last file read was ",
                           file, " (3 bytes)\n"));
  }
  // A file that is larger than what there is names itself and its size.
  ASSERT_EQ(system(("truncate -s 2000000000 " + file).c_str()), 0);
  const Result result =
      RunProcess(absl::StrCat("--read=", file), "ulimit -v 400000 &&");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.output, absl::StrCat("error: ", file,
                                        ": cannot read: out of memory for "
                                        "its 2000000000 bytes\n"));
  EXPECT_EQ(RunProcess("--megabytes=10", "ulimit -v 400000 &&").code, 0);
}

TEST(ProgramTest, MemoryThatRunsOutBeforeMainIsSaid) {
  const Result result = RunProcess("", "WITHOUT_MEMORY_BEFORE_MAIN=1");
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.output,
            "error: out of memory: needs more than the 0 MB allowed (ulimit "
            "-v)\n");
}

}  // namespace
}  // namespace robbench
