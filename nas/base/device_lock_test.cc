#include "nas/base/device_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "absl/strings/string_view.h"

namespace robbench {
namespace {

using testing::HasSubstr;

bool Taken(absl::string_view device) {
  return !DeviceLock::TryTake(device, testing::TempDir()).value().has_value();
}

TEST(DeviceLockTest, OneHolderADevice) {
  {
    const auto lock = DeviceLock::TryTake("0000:01:00.0", testing::TempDir());
    ASSERT_TRUE(lock.ok()) << lock.status();
    ASSERT_TRUE(lock->has_value());
    EXPECT_TRUE(Taken("0000:01:00.0"));
    EXPECT_FALSE(Taken("0000:02:00.0"));
  }
  EXPECT_FALSE(Taken("0000:01:00.0"));
}

TEST(DeviceLockTest, MovesWithItsObject) {
  DeviceLock lock;
  lock = *DeviceLock::TryTake("moved", testing::TempDir()).value();
  EXPECT_TRUE(Taken("moved"));
  lock = DeviceLock();
  EXPECT_FALSE(Taken("moved"));
}

TEST(DeviceLockTest, AKilledProcessReleasesIt) {
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto lock = DeviceLock::TryTake("killed", testing::TempDir());
    const char answer = lock.ok() && lock->has_value() ? 'y' : 'n';
    if (write(ready[1], &answer, 1) != 1) _exit(1);
    pause();
    _exit(0);
  }
  char answer = 0;
  ASSERT_EQ(read(ready[0], &answer, 1), 1);
  EXPECT_EQ(answer, 'y');
  EXPECT_TRUE(Taken("killed"));
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  EXPECT_FALSE(Taken("killed"));
}

TEST(DeviceLockTest, NamesAFileThatCannotBeMade) {
  const auto lock = DeviceLock::TryTake("cuda:0", "/nonexistent");
  EXPECT_THAT(std::string(lock.status().message()),
              HasSubstr("device lock /nonexistent/robbench-cuda_0.lock: "
                        "cannot open: No such file or directory"));
}

}  // namespace
}  // namespace robbench
