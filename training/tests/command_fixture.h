// Runs the programs preprocess, train and evaluate on tiny inputs, for tests of
// them.
#ifndef TRAINING_TESTS_COMMAND_FIXTURE_H_
#define TRAINING_TESTS_COMMAND_FIXTURE_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nas/base/file.h"

namespace robbench {

inline constexpr char kTinySpec[] = R"(name: "tiny" format: IDX classes: 4
train_images: 40 test_images: 0 pad: 0 downsample: 1
mean: 120 standard_deviation: 70)";

inline constexpr char kTinyRecipe[] =
    R"(skeleton { channels: 8 cells_per_stage: 1 }
epochs: 2 batch_size: 16 weight_decay: 5e-4
schedule { max_learning_rate: 0.1 start_divisor: 25 end_divisor: 1e4
  rise_share: 0.3 max_momentum: 0.95 min_momentum: 0.85 }
attack { epsilon: 8 step_size: 2 steps: 2 random_start: true }
augmentation { crop_padding: 1 flip_probability: 0.5 })";

inline constexpr char kTinySuite[] = R"(name: "tiny" batch_size: 7
attacks { name: "clean" clean {} }
attacks { name: "fgsm_8" fgsm { epsilon: 8 } }
attacks { name: "pgd_8" pgd { epsilon: 8 step_size: 2 steps: 3
  random_start: true } })";

// What a program gave: its exit code and what it wrote to standard error.
struct CommandResult {
  int code;
  std::string errors;
};

// A directory of its own for each test, and the programs' runs on it.
class CommandDirectory : public testing::Test {
 protected:
  CommandDirectory() {
    directory_ = absl::StrCat(
        testing::TempDir(), "/",
        testing::UnitTest::GetInstance()->current_test_info()->name());
    EXPECT_EQ(std::system(absl::StrCat("mkdir -p ", directory_).c_str()), 0);
  }

  std::string Path(const std::string& name) const {
    return absl::StrCat(directory_, "/", name);
  }
  void Write(const std::string& name, const std::string& bytes) const {
    ASSERT_TRUE(WriteFile(Path(name), bytes).ok());
  }
  std::string Read(const std::string& name) const {
    return ReadFile(Path(name)).value_or("");
  }
  bool Exists(const std::string& name) const {
    return ReadFile(Path(name)).ok();
  }

  // Runs a program of this folder; $D stands for the test's directory.
  CommandResult Run(const std::string& program,
                    const std::string& arguments) const {
    const std::string command =
        absl::StrCat("training/", program, " ",
                     absl::StrReplaceAll(arguments, {{"$D", directory_}}),
                     " 2>", Path("log"));
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Read("log")};
  }

  std::string directory_;
};

// With a tiny set of images in files of IDX and a spec, a recipe and a suite
// for them.
class CommandFixture : public CommandDirectory {
 protected:
  CommandFixture() {
    Write("spec", kTinySpec);
    Write("recipe", kTinyRecipe);
    Write("suite", kTinySuite);
    Write("train_images", Idx({40, 8, 8}, Bytes(40 * 64, 256)));
    Write("train_labels", Idx({40}, Bytes(40, 4)));
    Write("test_images", Idx({20, 8, 8}, Bytes(20 * 64, 256)));
    Write("test_labels", Idx({20}, Bytes(20, 4)));
  }

  static std::string Idx(std::vector<uint32_t> shape, const std::string& data) {
    std::string bytes = {'\0', '\0', '\x08', static_cast<char>(shape.size())};
    for (uint32_t size : shape) {
      bytes += {'\0', '\0', '\0', static_cast<char>(size)};
    }
    return bytes + data;
  }

  // Noise with a little structure; any will do.
  static std::string Bytes(int count, int below) {
    std::string bytes;
    uint32_t state = 12345;
    for (int i = 0; i < count; ++i) {
      state = state * 1664525 + 1013904223;
      bytes.push_back(static_cast<char>((state >> 16) % below));
    }
    return bytes;
  }

  CommandResult Preprocess() const {
    return Run(
        "dataset/preprocess",
        "--spec=$D/spec --input=$D/train_images --input=$D/train_labels "
        "--input=$D/test_images --input=$D/test_labels --dataset_out=$D/d");
  }
  CommandResult Train(const std::string& cell = "323133",
                      const std::string& more = "") const {
    return Run("train", absl::StrCat("--dataset=$D/d --cell='", cell,
                                     "' --seed=4 --recipe=$D/recipe "
                                     "--weights_out=$D/w --record_out=$D/t ",
                                     more));
  }
  CommandResult Evaluate(const std::string& cell = "323133",
                         const std::string& more = "") const {
    return Run("evaluation/evaluate",
               absl::StrCat("--dataset=$D/d --cell='", cell,
                            "' --weights=$D/w --attacks=$D/suite "
                            "--record_out=$D/e ",
                            more));
  }

  // Exit code 1, the message, and none of the outputs.
  void ExpectRefused(const CommandResult& result, const std::string& message,
                     const std::vector<std::string>& outputs) const {
    EXPECT_EQ(result.code, 1) << result.errors;
    EXPECT_THAT(result.errors, testing::HasSubstr(absl::StrReplaceAll(
                                   message, {{"$D", directory_}})));
    for (const std::string& output : outputs) {
      EXPECT_FALSE(Exists(output)) << output << ": " << result.errors;
    }
  }
};

}  // namespace robbench

#endif  // TRAINING_TESTS_COMMAND_FIXTURE_H_
