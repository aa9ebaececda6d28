// evaluate_corruptions as a command: its results equal those of
// `evaluate` on a CIFAR-10 file made of the same images; equal bytes in any
// order of the files; bad input.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nas/base/record.h"
#include "training/records.pb.h"
#include "training/tests/command_fixture.h"

namespace robbench {
namespace {

using testing::HasSubstr;

constexpr int kTest = 30;
constexpr int kSize = 3072;

constexpr char kSpec[] = R"(name: "small" format: CIFAR10 classes: 10
train_images: 0 test_images: 0 pad: 0 downsample: 1
mean: [125.3, 123.0, 113.9] standard_deviation: [63.0, 62.1, 66.7])";

constexpr char kRecipe[] = R"(skeleton { channels: 4 cells_per_stage: 1 }
epochs: 3 batch_size: 16 weight_decay: 5e-4
schedule { max_learning_rate: 0.1 start_divisor: 25 end_divisor: 1e4
  rise_share: 0.3 max_momentum: 0.95 min_momentum: 0.85 }
attack { epsilon: 2 step_size: 2 steps: 1 random_start: true }
augmentation { crop_padding: 1 flip_probability: 0.5 })";

class CorruptionsTest : public CommandDirectory {
 protected:
  CorruptionsTest() {
    Write("spec", kSpec);
    Write("recipe", kRecipe);
    Write("clean",
          "name: \"c\" batch_size: 10 attacks { name: \"clean\" "
          "clean {} }");
    std::string train;
    for (int i = 0; i < 80; ++i) {
      train += Label(i) + Pixels(i % 10, 1000 + i);
    }
    Write("train", train);
    Write("test", Batch(0, 1));
    EXPECT_EQ(Run("dataset/preprocess",
                  "--spec=$D/spec --input=$D/train "
                  "--input=$D/test --dataset_out=$D/d")
                  .code,
              0)
        << Read("log");
    EXPECT_EQ(Run("train",
                  "--dataset=$D/d --cell=323133 --seed=4 "
                  "--recipe=$D/recipe --weights_out=$D/w --record_out=$D/t")
                  .code,
              0)
        << Read("log");
    std::string labels;
    for (int i = 0; i < 5 * kTest; ++i) labels += Label(i % kTest);
    Write("labels.npy", Npy("150,", labels));
    Write("fog.npy", Npy("150, 32, 32, 3", Interleaved(0)));
    Write("snow.npy", Npy("150, 32, 32, 3", Interleaved(1)));
  }

  static std::string Label(int i) {
    return std::string(1, static_cast<char>(i % 10));
  }

  // A shade that tells the class, and noise.
  static std::string Pixels(int label, uint32_t state) {
    std::string pixels;
    for (int i = 0; i < kSize; ++i) {
      state = state * 1664525 + 1013904223;
      pixels.push_back(static_cast<char>(20 * label + (state >> 16) % 60));
    }
    return pixels;
  }

  // Test image i under a corruption: dimmer and noisier by severity.
  static std::string Corrupted(int corruption, int severity, int i) {
    std::string pixels = Pixels(i % 10, 5000 + i);
    const std::string noise = Pixels(0, 99 * severity + corruption + i);
    for (int k = 0; k < kSize; ++k) {
      const int value = static_cast<uint8_t>(pixels[k]);
      pixels[k] = static_cast<char>(value * (6 - severity) / 5 +
                                    corruption * noise[k] * severity / 9);
    }
    return pixels;
  }

  // CIFAR-10's binary version.
  static std::string Batch(int corruption, int severity) {
    std::string batch;
    for (int i = 0; i < kTest; ++i) {
      batch += Label(i) + Corrupted(corruption, severity, i);
    }
    return batch;
  }

  // CIFAR-10-C's order: severities, images, rows, columns, channels.
  static std::string Interleaved(int corruption) {
    std::string data;
    for (int severity = 1; severity <= 5; ++severity) {
      for (int i = 0; i < kTest; ++i) {
        const std::string pixels = Corrupted(corruption, severity, i);
        for (int k = 0; k < 1024; ++k) {
          for (int channel = 0; channel < 3; ++channel) {
            data.push_back(pixels[1024 * channel + k]);
          }
        }
      }
    }
    return data;
  }

  static std::string Npy(const std::string& shape, const std::string& data) {
    const std::string header = absl::StrCat(
        "{'descr': '|u1', 'fortran_order': False, 'shape': (", shape, "), }\n");
    return absl::StrCat(std::string("\x93NUMPY\x01\x00", 8),
                        std::string(1, static_cast<char>(header.size())),
                        std::string(1, '\0'), header, data);
  }

  int Corruptions(const std::string& files, const std::string& out) const {
    return Run("evaluation/evaluate_corruptions",
               absl::StrCat(
                   "--dataset=$D/d --cell=2581 --weights=$D/w "
                   "--labels=$D/labels.npy --corruptions=",
                   absl::StrReplaceAll(files, {{",", " --corruptions="}}),
                   " --record_out=$D/", out))
        .code;
  }

  // Correct answers by `evaluate`.
  uint32_t CleanCorrect(int corruption, int severity) const {
    Write("test", Batch(corruption, severity));
    EXPECT_EQ(Run("dataset/preprocess",
                  "--spec=$D/spec --input=$D/train "
                  "--input=$D/test --dataset_out=$D/other")
                  .code,
              0)
        << Read("log");
    EXPECT_EQ(Run("evaluation/evaluate",
                  "--dataset=$D/other --cell=2581 "
                  "--weights=$D/w --attacks=$D/clean --record_out=$D/e")
                  .code,
              0)
        << Read("log");
    EvaluationRecord record;
    EXPECT_TRUE(ParseRecord("e", Read("e"), &record).ok());
    return record.attacks(0).correct();
  }
};

TEST_F(CorruptionsTest, ResultsEqualThoseOfEvaluate) {
  ASSERT_EQ(Corruptions("$D/snow.npy,$D/fog.npy", "r"), 0) << Read("log");
  EvaluationRecord record;
  ASSERT_TRUE(ParseRecord("r", Read("r"), &record).ok());
  EXPECT_EQ(record.suite(), "corruptions");
  EXPECT_EQ(record.dataset(), "small");
  EXPECT_EQ(record.cell().index(), 2581);
  EXPECT_EQ(record.seed(), 4);
  EXPECT_FALSE(record.unreliable());
  EXPECT_GT(record.checks_size(), 0);
  ASSERT_EQ(record.attacks_size(), 11);
  uint32_t sum = 0;
  bool differ = false;
  for (int corruption = 0; corruption < 2; ++corruption) {
    for (int severity = 1; severity <= 5; ++severity) {
      const AttackResult& result =
          record.attacks(5 * corruption + severity - 1);
      EXPECT_EQ(result.name(),
                absl::StrCat(corruption == 0 ? "fog_" : "snow_", severity));
      EXPECT_EQ(result.total(), kTest);
      // Not all of them: programs take time.
      if (severity % 3 == 1 + corruption) {
        EXPECT_EQ(result.correct(), CleanCorrect(corruption, severity));
      }
      EXPECT_EQ(result.max_perturbation(), 0);
      differ |= result.correct() != record.attacks(0).correct();
      sum += result.correct();
    }
  }
  EXPECT_TRUE(differ);  // else this would show little
  EXPECT_EQ(record.attacks(10).name(), "corruptions");
  EXPECT_EQ(record.attacks(10).correct(), sum);
  EXPECT_EQ(record.attacks(10).total(), 10 * kTest);
  ASSERT_EQ(record.provenance().inputs_size(), 5);
  EXPECT_EQ(record.provenance().inputs(0).role(), "corruption fog");
  EXPECT_EQ(record.provenance().inputs(1).role(), "corruption snow");
  EXPECT_EQ(record.provenance().inputs(4).role(), "weights");

  ASSERT_EQ(Corruptions("$D/fog.npy,$D/snow.npy", "again"), 0) << Read("log");
  EXPECT_EQ(Read("again"), Read("r"));

  // The same network, bad input.
  const auto refused = [&](const std::string& files,
                           const std::string& message) {
    EXPECT_EQ(Corruptions(files, "bad"), 1);
    EXPECT_THAT(Read("log"), HasSubstr(message));
    EXPECT_FALSE(Exists("bad"));
  };
  refused("$D/fog.npy,$D/fog.npy", "corruption fog: expected each one once");
  // The images of one severity only.
  Write("one.npy",
        Npy("30, 32, 32, 3", Interleaved(0).substr(0, kTest * kSize)));
  refused("$D/one.npy",
          "/one.npy: shape: expected [150, 32, 32, 3], 5 severities of the "
          "data set's 30 test images, found [30, 32, 32, 3]");
  refused("$D/none.npy", "none.npy");
  refused("$D/labels.npy", "labels.npy: shape: expected [150, 32, 32, 3]");
  refused("$D/train", "train: npy magic: expected");
  Write("d", Read("w"));
  refused("$D/fog.npy", "/d: __metadata__.name is missing");
  EXPECT_EQ(Run("evaluation/evaluate_corruptions", "--dataset=$D/d").code, 2);
}

}  // namespace
}  // namespace robbench
