// Tests checkpoints of //training:train by running it. A run that is killed at
// random and resumed ends with the bytes of an uninterrupted run. Damaged
// checkpoints are not used, and failing to write one does not matter.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nas/base/file.h"
#include "nas/base/philox.h"
#include "training/dataset/dataset.h"
#include "training/dataset/noise_dataset.h"

namespace robbench {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kSteps = 20;  // 4 epochs of 72 images
constexpr char kRecipe[] = R"(skeleton { channels: 8 cells_per_stage: 1 }
epochs: 4 batch_size: 16 weight_decay: 5e-4
schedule { max_learning_rate: 0.1 start_divisor: 25 end_divisor: 1e4
  rise_share: 0.3 max_momentum: 0.95 min_momentum: 0.85 }
attack { epsilon: 8 step_size: 2 steps: 3 random_start: true }
augmentation { crop_padding: 1 flip_probability: 0.5 })";

class CheckpointTest : public testing::Test {
 protected:
  CheckpointTest() {
    directory_ = absl::StrCat(
        testing::TempDir(), "/",
        testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(directory_);
    EXPECT_TRUE(WriteFile(Path("recipe"), kRecipe).ok());
    // The last batch is partial.
    const Dataset dataset = NoiseDataset(/*images=*/72, /*size=*/16);
    EXPECT_TRUE(WriteFile(Path("d"), SerializeDataset(dataset)).ok());
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(directory_, "/", name);
  }
  std::string Read(const std::string& name) const {
    return ReadFile(Path(name)).value_or("");
  }

  // Starts //training:train; standard error goes to "log".
  pid_t Start(const std::string& scratch, const std::string& seconds) const {
    std::vector<std::string> arguments = {"training/train",
                                          "--dataset=" + Path("d"),
                                          "--cell=111111",
                                          "--seed=3",
                                          "--recipe=" + Path("recipe"),
                                          "--weights_out=" + Path("w"),
                                          "--record_out=" + Path("t"),
                                          "--scratch=" + scratch,
                                          "--checkpoint_seconds=" + seconds};
    const pid_t child = fork();
    if (child == 0) {
      const int log =
          open(Path("log").c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
      dup2(log, 2);
      std::vector<char*> words;
      for (std::string& argument : arguments) words.push_back(argument.data());
      words.push_back(nullptr);
      execv(words[0], words.data());
      _exit(127);
    }
    return child;
  }

  // Exit code; -1 for a killed process.
  static int Wait(pid_t child) {
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  std::vector<std::string> Checkpoints(const std::string& scratch) const {
    std::vector<std::string> paths;
    std::error_code error;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(scratch, error)) {
      if (entry.path().extension() == ".safetensors") {
        paths.push_back(entry.path().string());
      }
    }
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  // Kills a run `delay` after it has left a checkpoint of step `step` or a
  // later one. False when it came to its end before.
  bool KillAtStep(const std::string& scratch, int step,
                  std::chrono::microseconds delay) const {
    const std::string name = absl::StrFormat("%012d", step);
    const pid_t child = Start(scratch, "0");
    const auto there = [&] {
      const std::vector<std::string> files = Checkpoints(scratch);
      return !files.empty() &&
             std::filesystem::path(files.back()).filename().string() >= name;
    };
    while (step > 0 && !there()) {
      if (waitpid(child, nullptr, WNOHANG) == child) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(500));
    }
    std::this_thread::sleep_for(delay);
    kill(child, SIGKILL);
    return Wait(child) == -1;
  }

  std::string Scratch() const {
    const std::string scratch = Path("scratch");
    std::filesystem::remove_all(scratch);
    std::filesystem::create_directory(scratch);
    return scratch;
  }

  std::string directory_;
};

TEST_F(CheckpointTest, KilledFiftyTimesGivesTheSameBytes) {
  ASSERT_EQ(Wait(Start("", "0")), 0) << Read("log");
  const std::string weights = Read("w");
  const std::string record = Read("t");
  ASSERT_FALSE(weights.empty());

  PhiloxStream random(2, Purpose::kTest);
  int resumed = 0;
  for (int killed = 0, trial = 0; killed < 50; ++trial) {
    ASSERT_LT(trial, 200) << "most runs end before they can be killed";
    const std::string scratch = Scratch();
    std::filesystem::remove(Path("w"));
    std::filesystem::remove(Path("t"));
    // In the middle of a step, of a write, between both; at 0 while it starts.
    const int step = random.Below(kSteps);
    const std::chrono::microseconds delay(random.Below(20'000));
    if (!KillAtStep(scratch, step, delay)) continue;
    ++killed;
    EXPECT_EQ(Read("w").empty(), Read("t").empty()) << "half an output";
    ASSERT_EQ(Wait(Start(scratch, "0")), 0) << Read("log");
    if (Read("log").find("going on after step") != std::string::npos) {
      ++resumed;
    }
    ASSERT_EQ(Read("w"), weights) << "trial " << trial;
    ASSERT_EQ(Read("t"), record) << "trial " << trial;
    EXPECT_TRUE(std::filesystem::is_empty(scratch)) << "not cleaned up";
  }
  std::cerr << resumed << " of 50 runs went on from a checkpoint\n";
  EXPECT_GE(resumed, 25);
}

TEST_F(CheckpointTest, DamagedCheckpointIsNamedAndTheOneBeforeUsed) {
  ASSERT_EQ(Wait(Start("", "0")), 0) << Read("log");
  const std::string weights = Read("w");
  const std::string scratch = Scratch();
  ASSERT_TRUE(KillAtStep(scratch, 2, {}));
  const std::vector<std::string> files = Checkpoints(scratch);
  std::string bytes = ReadFile(files.back()).value();
  bytes[bytes.size() / 2] ^= 1;
  ASSERT_TRUE(WriteFile(files.back(), bytes).ok());
  ASSERT_EQ(Wait(Start(scratch, "0")), 0);
  EXPECT_THAT(Read("log"), HasSubstr("checkpoint " + files.back() +
                                     ": expected the SHA-256 of its name"));
  EXPECT_THAT(Read("log"), HasSubstr("from " + files.end()[-2]));
  EXPECT_EQ(Read("w"), weights);

  // Both damaged: from the start.
  ASSERT_TRUE(KillAtStep(scratch, 2, {}));
  for (const std::string& file : Checkpoints(scratch)) {
    ASSERT_TRUE(WriteFile(file, "short").ok());
  }
  ASSERT_EQ(Wait(Start(scratch, "0")), 0);
  EXPECT_THAT(Read("log"), Not(HasSubstr("going on after")));
  EXPECT_EQ(Read("w"), weights);
}

TEST_F(CheckpointTest, OtherInputsDoNotFindTheCheckpoints) {
  const std::string scratch = Scratch();
  ASSERT_TRUE(KillAtStep(scratch, 2, {}));
  ASSERT_TRUE(
      WriteFile(Path("recipe"), absl::StrCat(kRecipe, "\n# other\n")).ok());
  ASSERT_EQ(Wait(Start(scratch, "60")), 0);
  EXPECT_THAT(Read("log"), Not(HasSubstr("going on after")));
  EXPECT_GE(Checkpoints(scratch).size(), 2) << "the other run's are left";
}

// As after an upgrade of a library that the program computes with.
TEST_F(CheckpointTest, OtherLibrariesDoNotFindTheCheckpoints) {
  const std::string scratch = Scratch();
  ASSERT_TRUE(KillAtStep(scratch, 2, {}));
  setenv("LD_PRELOAD", "libBrokenLocale.so.1", /*overwrite=*/1);
  EXPECT_EQ(Wait(Start(scratch, "60")), 0);
  unsetenv("LD_PRELOAD");
  EXPECT_THAT(Read("log"), Not(HasSubstr("going on after")));
  EXPECT_GE(Checkpoints(scratch).size(), 2) << "the other run's are left";
}

TEST_F(CheckpointTest, DirectoryThatCannotBeWrittenIsNoFailure) {
  ASSERT_EQ(Wait(Start("", "0")), 0) << Read("log");
  const std::string weights = Read("w");
  ASSERT_EQ(Wait(Start("/proc", "0")), 0) << Read("log");
  EXPECT_THAT(Read("log"), HasSubstr("checkpoint /proc/"));
  EXPECT_THAT(Read("log"), HasSubstr("going on without"));
  EXPECT_EQ(Read("w"), weights);
  ASSERT_EQ(Wait(Start(Path("missing"), "0")), 0) << Read("log");
  EXPECT_THAT(Read("log"), Not(HasSubstr("checkpoint")));
}

}  // namespace
}  // namespace robbench
