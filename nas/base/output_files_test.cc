// Tests that an output is what a user expects, whatever its path leads to.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/file.h"

namespace robbench {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class OutputFilesTest : public testing::Test {
 protected:
  void SetUp() override {
    directory_ = absl::StrCat(
        testing::TempDir(), "/",
        testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(directory_);
    fs::create_directories(directory_);
  }

  std::string Path(const std::string& name) { return directory_ + "/" + name; }

  void Put(const std::string& name, const std::string& text) {
    std::ofstream(Path(name)) << text;
  }

  std::string Get(const std::string& name) {
    std::ifstream file(Path(name));
    return {std::istreambuf_iterator<char>(file), {}};
  }

  mode_t Mode(const std::string& name) {
    struct stat info;
    EXPECT_EQ(stat(Path(name).c_str(), &info), 0);
    return info.st_mode & 07777;
  }

  std::vector<std::string> Names() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  static std::string Refused(const std::vector<std::string>& outputs,
                             const std::vector<std::string>& inputs = {}) {
    const auto files = OutputFiles::Open(outputs, inputs);
    return files.ok() ? "accepted" : std::string(files.status().message());
  }

  std::string directory_;
};

TEST_F(OutputFilesTest, AppearTogetherOrNotAtAll) {
  auto files = OutputFiles::Open({Path("first"), Path("second"), ""});
  ASSERT_TRUE(files.ok()) << files.status();
  EXPECT_THAT(Names(), ElementsAre());
  files->Add(Path("first"), "1");
  files->Add(Path("second"), "22");
  files->Add("", "a flag that was not given");
  ASSERT_TRUE(files->Commit().ok());
  EXPECT_EQ(Get("first"), "1");
  EXPECT_EQ(Get("second"), "22");

  files = OutputFiles::Open({Path("first"), Path("third"), "/dev/full"});
  ASSERT_TRUE(files.ok()) << files.status();
  files->Add(Path("first"), "new");
  files->Add(Path("third"), "new");
  files->Add("/dev/full", "new");
  EXPECT_THAT(files->Commit().message(),
              HasSubstr("/dev/full: cannot write: No space left on device"));
  EXPECT_EQ(Get("first"), "1");
  EXPECT_THAT(Names(), UnorderedElementsAre("first", "second"));
}

TEST_F(OutputFilesTest, FullDisk) {
  Put("old", "old");
  struct rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const struct rlimit small = {1000, before.rlim_max};
  auto files = OutputFiles::Open({Path("small"), Path("old")});
  ASSERT_TRUE(files.ok());
  files->Add(Path("small"), "fits");
  files->Add(Path("old"), std::string(2000, 'x'));
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const absl::Status status = files->Commit();
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_THAT(status.message(), HasSubstr("old: cannot write: File too large"));
  EXPECT_THAT(Names(), ElementsAre("old"));
  EXPECT_EQ(Get("old"), "old");
}

TEST_F(OutputFilesTest, ModeIsKeptAndANewFileHasTheUmask) {
  const mode_t mask = umask(027);
  ASSERT_TRUE(WriteFile(Path("new"), "1").ok());
  umask(mask);
  EXPECT_EQ(Mode("new"), 0640);
  Put("old", "old");
  ASSERT_EQ(chmod(Path("old").c_str(), 0604), 0);
  ASSERT_TRUE(WriteFile(Path("old"), "1").ok());
  EXPECT_EQ(Mode("old"), 0604);
  EXPECT_EQ(Get("old"), "1");
  // Replaced, not written over: who has the old file open keeps it.
  std::ifstream open(Path("old"));
  ASSERT_TRUE(WriteFile(Path("old"), "2").ok());
  EXPECT_EQ(open.get(), '1');
}

TEST_F(OutputFilesTest, LinksAreFollowedAndStay) {
  fs::create_directory(Path("folder"));
  Put("folder/target", "old");
  ASSERT_EQ(chmod(Path("folder/target").c_str(), 0600), 0);
  fs::create_symlink("folder/target", Path("relative"));
  fs::create_symlink(Path("relative"), Path("twice"));
  fs::create_symlink("folder/to_be_made", Path("dangling"));
  ASSERT_TRUE(WriteFile(Path("twice"), "new").ok());
  ASSERT_TRUE(WriteFile(Path("dangling"), "made").ok());
  EXPECT_EQ(Get("folder/target"), "new");
  EXPECT_EQ(Mode("folder/target"), 0600);
  EXPECT_EQ(Get("folder/to_be_made"), "made");
  for (const char* link : {"relative", "twice", "dangling"}) {
    EXPECT_TRUE(fs::is_symlink(Path(link))) << link;
  }
  fs::create_symlink("b", Path("a"));
  fs::create_symlink("a", Path("b"));
  EXPECT_THAT(Refused({Path("a")}), HasSubstr("symbolic links"));
  fs::create_symlink("absent/x", Path("nowhere"));
  EXPECT_THAT(Refused({Path("nowhere")}), HasSubstr("there is no folder"));
}

TEST_F(OutputFilesTest, DevicesAndFifosAreWrittenTo) {
  fs::create_symlink("/dev/null", Path("null"));
  auto files = OutputFiles::Open({"/dev/null", "/dev/null", Path("null")});
  ASSERT_TRUE(files.ok()) << files.status();
  files->Add("/dev/null", "1");
  files->Add("/dev/null", "2");
  files->Add(Path("null"), "3");
  EXPECT_TRUE(files->Commit().ok());
  EXPECT_TRUE(fs::is_character_file("/dev/null"));
  EXPECT_TRUE(fs::is_symlink(Path("null")));

  ASSERT_EQ(mkfifo(Path("fifo").c_str(), 0600), 0);
  std::string read;
  std::thread reader([&] { read = Get("fifo"); });
  const std::string large(300000, 'x');
  EXPECT_TRUE(WriteFile(Path("fifo"), large).ok());
  reader.join();
  EXPECT_EQ(read, large);
  EXPECT_TRUE(fs::is_fifo(Path("fifo")));
  EXPECT_THAT(Refused({Path("fifo"), directory_ + "/./fifo"}),
              HasSubstr("another output is the same file"));

  // A reader that goes away.
  std::thread rude([&] {
    const int file = open(Path("fifo").c_str(), O_RDONLY);
    close(file);
  });
  EXPECT_THAT(WriteFile(Path("fifo"), large).message(),
              HasSubstr("fifo: cannot write: Broken pipe"));
  rude.join();
}

TEST_F(OutputFilesTest, OpenFilesOfThisProcess) {
  Put("log", "");
  const int log = open(Path("log").c_str(), O_WRONLY);
  ASSERT_EQ(write(log, "before ", 7), 7);
  for (const char* folder : {"/dev/fd/", "/proc/self/fd/"}) {
    ASSERT_TRUE(WriteFile(absl::StrCat(folder, log), "text ").ok());
  }
  ASSERT_EQ(write(log, "after", 5), 5);
  EXPECT_EQ(Get("log"), "before text text after");
  EXPECT_THAT(Refused({absl::StrCat("/dev/fd/", log), Path("log")}),
              HasSubstr("another output is the same file"));
  close(log);
  EXPECT_THAT(Refused({absl::StrCat("/dev/fd/", log)}),
              HasSubstr("Bad file descriptor"));
  const int reading = open(Path("log").c_str(), O_RDONLY);
  EXPECT_THAT(Refused({absl::StrCat("/dev/fd/", reading)}),
              HasSubstr("Bad file descriptor"));
  close(reading);
}

TEST_F(OutputFilesTest, RefusedBeforeWorkBegins) {
  EXPECT_THAT(Refused({Path("absent/x")}),
              HasSubstr("x: cannot write: there is no folder "));
  EXPECT_THAT(Refused({directory_}), HasSubstr("it is a folder"));
  EXPECT_THAT(Refused({Path("new/")}), HasSubstr("there is no folder"));
  Put("file", "");
  EXPECT_THAT(Refused({Path("file/x")}), HasSubstr("file is no folder"));
  EXPECT_THAT(Refused({Path("file/")}), HasSubstr("cannot write"));
  EXPECT_THAT(Refused({Path(std::string(300, 'x'))}),
              HasSubstr("File name too long"));
  EXPECT_EQ(Refused({Path(std::string(255, 'x'))}), "accepted");
  EXPECT_THAT(Refused({"/proc/x"}), HasSubstr("/proc/x: cannot write: "));
  const int made = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {AF_UNIX, "socket"};
  const fs::path here = fs::current_path();
  fs::current_path(directory_);
  ASSERT_EQ(bind(made, reinterpret_cast<sockaddr*>(&address), sizeof(address)),
            0);
  fs::current_path(here);
  EXPECT_THAT(Refused({Path("socket")}), HasSubstr("it is a socket"));
  close(made);
  EXPECT_THAT(WriteFile("", "x").message(), HasSubstr("cannot write"));
  // Where permissions bind this user.
  ASSERT_EQ(chmod(Path("file").c_str(), 0400), 0);
  if (access(Path("file").c_str(), W_OK) != 0) {
    EXPECT_THAT(Refused({Path("file")}), HasSubstr("Permission denied"));
    fs::create_directory(Path("shut"));
    ASSERT_EQ(chmod(Path("shut").c_str(), 0500), 0);
    EXPECT_THAT(Refused({Path("shut/x")}), HasSubstr("Permission denied"));
  }
}

TEST_F(OutputFilesTest, OneFileUnderTwoNames) {
  const std::string same = "another output is the same file: ";
  EXPECT_THAT(Refused({Path("a"), Path("a")}), HasSubstr(same + Path("a")));
  EXPECT_THAT(Refused({Path("a"), Path("./a")}), HasSubstr(same + Path("a")));
  EXPECT_THAT(Refused({Path("a"), directory_ + "//a"}), HasSubstr(same));
  fs::create_symlink("a", Path("link"));
  EXPECT_THAT(Refused({Path("a"), Path("link")}), HasSubstr(same));
  fs::create_directory_symlink(directory_, Path("here"));
  EXPECT_THAT(Refused({Path("a"), Path("here/a")}), HasSubstr(same));
  Put("a", "1");
  EXPECT_THAT(Refused({Path("a"), Path("here/link")}), HasSubstr(same));
  fs::create_hard_link(Path("a"), Path("hard"));
  EXPECT_THAT(Refused({Path("a"), Path("hard")}), HasSubstr(same));
  EXPECT_EQ(Refused({Path("a"), Path("b"), Path("c")}), "accepted");

  const std::string input = "it is the input ";
  EXPECT_THAT(Refused({Path("a")}, {Path("a")}), HasSubstr(input + Path("a")));
  EXPECT_THAT(Refused({Path("here/link")}, {"", Path("a")}), HasSubstr(input));
  EXPECT_THAT(Refused({Path("a")}, {Path("hard")}), HasSubstr(input));
  EXPECT_EQ(Refused({Path("b")}, {Path("a"), Path("absent")}), "accepted");
  EXPECT_EQ(Refused({"/dev/null"}, {"/dev/null"}), "accepted");
  EXPECT_EQ(Get("a"), "1");
}

}  // namespace
}  // namespace robbench
