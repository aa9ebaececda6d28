// Tests the three programs as people and Bazel run them: their outputs, equal
// bytes, and for every kind of bad input a message, the exit code and no output
// file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "training/records.pb.h"

namespace robbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr char kSpec[] = R"(name: "tiny" format: IDX classes: 4
train_images: 40 test_images: 0 pad: 0 downsample: 1
mean: 120 standard_deviation: 70)";

constexpr char kRecipe[] = R"(skeleton { channels: 8 cells_per_stage: 1 }
epochs: 2 batch_size: 16 weight_decay: 5e-4
schedule { max_learning_rate: 0.1 start_divisor: 25 end_divisor: 1e4
  rise_share: 0.3 max_momentum: 0.95 min_momentum: 0.85 }
attack { epsilon: 8 step_size: 2 steps: 2 random_start: true }
augmentation { crop_padding: 1 flip_probability: 0.5 })";

constexpr char kSuite[] = R"(name: "tiny" batch_size: 7
attacks { name: "clean" clean {} }
attacks { name: "fgsm_8" fgsm { epsilon: 8 } }
attacks { name: "pgd_8" pgd { epsilon: 8 step_size: 2 steps: 3
  random_start: true } })";

struct Result {
  int code;
  std::string errors;
};

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    directory_ = absl::StrCat(
        testing::TempDir(), "/",
        testing::UnitTest::GetInstance()->current_test_info()->name());
    EXPECT_EQ(std::system(absl::StrCat("mkdir -p ", directory_).c_str()), 0);
    Write("spec", kSpec);
    Write("recipe", kRecipe);
    Write("suite", kSuite);
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
  Result Run(const std::string& program, const std::string& arguments) const {
    const std::string command =
        absl::StrCat("training/", program, " ",
                     absl::StrReplaceAll(arguments, {{"$D", directory_}}),
                     " 2>", Path("log"));
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, Read("log")};
  }

  Result Preprocess() const {
    return Run(
        "preprocess",
        "--spec=$D/spec --input=$D/train_images --input=$D/train_labels "
        "--input=$D/test_images --input=$D/test_labels --dataset_out=$D/d");
  }
  Result Train(const std::string& cell = "323133",
               const std::string& more = "") const {
    return Run("train", absl::StrCat("--dataset=$D/d --cell='", cell,
                                     "' --seed=4 --recipe=$D/recipe "
                                     "--weights_out=$D/w --record_out=$D/t ",
                                     more));
  }
  Result Evaluate(const std::string& cell = "323133",
                  const std::string& more = "") const {
    return Run("evaluation/evaluate",
               absl::StrCat("--dataset=$D/d --cell='", cell,
                            "' --weights=$D/w --attacks=$D/suite "
                            "--record_out=$D/e ",
                            more));
  }

  static std::vector<int64_t> Integers(const SafetensorsFile& file,
                                       const std::string& name) {
    const auto entry = file.Get(name, DType::kI64, {-1});
    EXPECT_TRUE(entry.ok()) << entry.status();
    std::vector<int64_t> integers(entry.ok() ? entry->shape[0] : 0);
    std::memcpy(integers.data(), entry->data.data(), 8 * integers.size());
    return integers;
  }

  // Exit code 1, the message, and none of the outputs.
  void ExpectRefused(const Result& result, const std::string& message,
                     const std::vector<std::string>& outputs) const {
    EXPECT_EQ(result.code, 1) << result.errors;
    EXPECT_THAT(result.errors,
                HasSubstr(absl::StrReplaceAll(message, {{"$D", directory_}})));
    for (const std::string& output : outputs) {
      EXPECT_FALSE(Exists(output)) << output << ": " << result.errors;
    }
  }

  std::string directory_;
};

TEST_F(CommandTest, WholeRunTwiceGivesTheSameBytes) {
  ASSERT_EQ(Preprocess().code, 0) << Read("log");
  const Result trained = Train();
  ASSERT_EQ(trained.code, 0) << trained.errors;
  EXPECT_THAT(trained.errors, HasSubstr("cell 2581 323133 seed 4: epoch 2/2"));
  const std::string weights = Read("w");
  const std::string train_record = Read("t");
  const Result evaluated = Evaluate();
  ASSERT_EQ(evaluated.code, 0) << evaluated.errors;
  const std::string record_bytes = Read("e");

  TrainRecord train;
  ASSERT_TRUE(ParseRecord("t", train_record, &train).ok());
  EXPECT_EQ(train.provenance().producer(), "training:train");
  EXPECT_EQ(train.provenance().numeric_profile(), "portable");
  EXPECT_EQ(train.provenance().inputs_size(), 2);
  EXPECT_EQ(train.cell().index(), 2581);
  EXPECT_EQ(train.seed(), 4);
  EXPECT_EQ(train.epochs_size(), 2);
  EXPECT_EQ(train.train_images(), 40);
  EXPECT_GT(train.multiply_adds(), 0);

  EvaluationRecord record;
  ASSERT_TRUE(ParseRecord("e", record_bytes, &record).ok());
  EXPECT_EQ(record.provenance().inputs_size(), 3);
  EXPECT_EQ(record.seed(), 4);  // from the weights' metadata
  EXPECT_EQ(record.skeleton().channels(), 8);
  ASSERT_EQ(record.attacks_size(), 3);
  for (const AttackResult& attack : record.attacks()) {
    EXPECT_EQ(attack.total(), 20);
    EXPECT_LE(attack.correct(), 20);
  }
  EXPECT_EQ(record.attacks(0).max_perturbation(), 0);
  EXPECT_NEAR(record.attacks(1).max_perturbation(), 8, 1e-4);
  EXPECT_EQ(record.checks_size(), 7);

  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train("2581").code, 0);  // the same cell by its index
  ASSERT_EQ(Evaluate("2581", "--seed=4 --images=20").code, 0);
  EXPECT_EQ(Read("w"), weights);
  EXPECT_EQ(Read("t"), train_record);
  EXPECT_EQ(Read("e"), record_bytes);
}

// --backend=check writes what auto writes. The numbers of libtorch differ in
// their last bits, and its records say that LibTorch computed them.
TEST_F(CommandTest, BackendsAgreeAndAreRecorded) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  ASSERT_EQ(Evaluate().code, 0);
  const std::string weights = Read("w"), trained = Read("t"),
                    attacked = Read("e");
  const Result train = Train("323133", "--backend=check");
  ASSERT_EQ(train.code, 0) << train.errors;
  const Result evaluate = Evaluate("323133", "--backend=check");
  ASSERT_EQ(evaluate.code, 0) << evaluate.errors;
  EXPECT_EQ(Read("w"), weights);
  EXPECT_EQ(Read("t"), trained);
  EXPECT_EQ(Read("e"), attacked);

  EvaluationRecord record;
  ASSERT_EQ(Evaluate("323133", "--backend=libtorch").code, 0) << Read("log");
  ASSERT_TRUE(ParseRecord("e", Read("e"), &record).ok());
  EXPECT_EQ(record.provenance().numeric_profile(), "portable+libtorch");
  EvaluationRecord by_engine;
  ASSERT_TRUE(ParseRecord("e", attacked, &by_engine).ok());
  EXPECT_EQ(record.attacks(0).correct(), by_engine.attacks(0).correct());
  ASSERT_EQ(Train("323133", "--backend=libtorch").code, 0) << Read("log");
  TrainRecord train_record;
  ASSERT_TRUE(ParseRecord("t", Read("t"), &train_record).ok());
  EXPECT_EQ(train_record.provenance().numeric_profile(), "portable+libtorch");
}

// A group's attacks run on the images that are left, whatever the size of the
// batches.
TEST_F(CommandTest, AutoAttackIsRecordedAttackByAttack) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  const std::string suite = R"(name: "tiny" batch_size: 7
attacks { name: "clean" clean {} }
attacks { name: "autoattack" group {
  attacks { name: "apgd_ce" apgd { epsilon: 8 steps: 5 restarts: 1
    loss: CROSS_ENTROPY } }
  attacks { name: "apgd_t" targeted_apgd { epsilon: 8 steps: 5 restarts: 1
    targets: 0 } }
  attacks { name: "fab_t" fab { epsilon: 8 steps: 5 targets: 2 } }
  attacks { name: "square" square { epsilon: 8 queries: 30
    initial_share: 0.8 } } } }
attacks { name: "apgd_ce_alone" apgd { epsilon: 8 steps: 5 restarts: 1
  loss: CROSS_ENTROPY } })";
  Write("suite", suite);
  ASSERT_EQ(Evaluate().code, 0) << Read("log");
  EvaluationRecord record;
  ASSERT_TRUE(ParseRecord("e", Read("e"), &record).ok());
  ASSERT_EQ(record.attacks_size(), 7);
  const char* const names[] = {"clean",  "apgd_ce",    "apgd_t",       "fab_t",
                               "square", "autoattack", "apgd_ce_alone"};
  for (int i = 0; i < 7; ++i) {
    const AttackResult& attack = record.attacks(i);
    EXPECT_EQ(attack.name(), names[i]);
    EXPECT_EQ(attack.total(), 20);
    EXPECT_LE(attack.max_perturbation(), 8 + 1e-4);
    EXPECT_EQ(attack.has_group(), i >= 1 && i <= 4);
    if (i >= 1 && i <= 4) {
      EXPECT_LE(attack.correct(), record.attacks(i - 1).correct());
    }
  }
  EXPECT_EQ(record.attacks(5).correct(), record.attacks(4).correct());
  EXPECT_EQ(record.attacks(2).attack().targeted_apgd().targets(), 3);
  EXPECT_EQ(record.attacks(5).attack().group().attacks_size(), 4);
  bool black_box = false;
  for (const SelfCheck& check : record.checks()) {
    if (check.name() == "white_box_not_weaker_than_black_box") black_box = true;
    if (check.name() == "epsilon_zero_is_clean") EXPECT_EQ(check.value(), 0);
  }
  EXPECT_TRUE(black_box);
  // The first attack of a group sees what it would alone, but for its stream.
  EXPECT_NEAR(record.attacks(1).correct(), record.attacks(6).correct(), 2);
  Write("suite",
        absl::StrReplaceAll(suite, {{"batch_size: 7", "batch_size: 20"}}));
  ASSERT_EQ(Evaluate().code, 0) << Read("log");
  EvaluationRecord other;
  ASSERT_TRUE(ParseRecord("e", Read("e"), &other).ok());
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(other.attacks(i).correct(), record.attacks(i).correct()) << i;
  }

  // Image by image: the record stays as it is, its counts are the survivors.
  const std::string bytes = Read("e");
  ASSERT_EQ(Evaluate("323133", "--predictions_out=$D/p").code, 0)
      << Read("log");
  EXPECT_EQ(Read("e"), bytes);
  const auto file = SafetensorsFile::Read(Path("p"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->Metadata("attacks").value(),
            "clean,apgd_ce,apgd_t,fab_t,square,autoattack,apgd_ce_alone");
  EXPECT_EQ(file->Metadata("cell").value(), "2581");
  EXPECT_EQ(file->tensors().size(), 2 + 2 * 7);
  const auto logits = file->Get("logits", DType::kF32, {20, 4});
  ASSERT_TRUE(logits.ok()) << logits.status();
  const std::vector<int64_t> labels = Integers(*file, "labels");
  std::string before;
  for (const AttackResult& attack : other.attacks()) {
    SCOPED_TRACE(attack.name());
    const std::vector<int64_t> predictions =
        Integers(*file, "predictions/" + attack.name());
    const auto survivors =
        file->Get("survivors/" + attack.name(), DType::kBool, {20});
    ASSERT_TRUE(survivors.ok()) << survivors.status();
    uint32_t correct = 0;
    for (int i = 0; i < 20; ++i) {
      const bool survives = survivors->data[i] == 1;
      correct += survives;
      EXPECT_EQ(survives, predictions[i] == labels[i]) << i;
      if (attack.name() == "clean") {
        float row[4];
        std::memcpy(row, logits->data.data() + i * sizeof(row), sizeof(row));
        EXPECT_EQ(predictions[i], std::max_element(row, row + 4) - row) << i;
      }
      // Only what the group's attacks before have left is attacked.
      if (attack.has_group() && attack.name() != "apgd_ce") {
        EXPECT_EQ(predictions[i] == -1, before[i] == 0) << i;
      }
    }
    EXPECT_EQ(correct, attack.correct());
    before = std::string(survivors->data);
  }
  ASSERT_EQ(Evaluate("323133", "--predictions_out=$D/again").code, 0);
  EXPECT_EQ(Read("again"), Read("p"));
}

TEST_F(CommandTest, DeadCellTrains) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train("000000").code, 0) << Read("log");
  ASSERT_EQ(Evaluate("000000").code, 0) << Read("log");
}

TEST_F(CommandTest, PreprocessRefusesBadFiles) {
  const std::string images = Read("train_images");
  Write("train_images", images.substr(0, images.size() - 1));
  ExpectRefused(Preprocess(),
                "$D/train_images: IDX data: expected 2560 bytes, found 2559: "
                "truncated",
                {"d"});
  Write("train_images", images + "x");
  ExpectRefused(Preprocess(), "found 2561: too long", {"d"});
  Write("train_images", "\1" + images.substr(1));
  ExpectRefused(Preprocess(), "$D/train_images: IDX magic: expected 0x00000803",
                {"d"});
  std::remove(Path("train_images").c_str());
  ExpectRefused(Preprocess(), "$D/train_images", {"d"});
  Write("train_images", images);
  Write("test_labels", Idx({20}, std::string(20, '\x04')));
  ExpectRefused(Preprocess(),
                "$D/test_labels: label 0: expected 0 to 3, found 4", {"d"});
}

TEST_F(CommandTest, SpecsAreStrict) {
  Write("spec", absl::StrCat(kSpec, "\ncolour: 3"));
  ExpectRefused(Preprocess(), "colour", {"d"});
  Write("spec", absl::StrReplaceAll(kSpec, {{"pad: 0", "pad: \"0\""}}));
  ExpectRefused(Preprocess(), "$D/spec", {"d"});
  Write("spec", absl::StrReplaceAll(kSpec, {{"pad: 0", ""}}));
  ExpectRefused(Preprocess(), "pad", {"d"});
  Write("spec", kSpec);
  ASSERT_EQ(Preprocess().code, 0);
  Write("recipe", absl::StrReplaceAll(kRecipe, {{"epochs: 2", "epocs: 2"}}));
  ExpectRefused(Train(), "epocs", {"w", "t"});
  Write("recipe",
        absl::StrReplaceAll(kRecipe, {{"batch_size: 16", "batch_size: 0"}}));
  ExpectRefused(Train(),
                "$D/recipe: field batch_size: expected 1 to 65536, found 0",
                {"w", "t"});
  Write("recipe",
        absl::StrReplaceAll(kRecipe, {{"channels: 8", "channels: 5000"}}));
  ExpectRefused(
      Train(),
      "$D/recipe: skeleton: field channels: expected 1 to 1024, found 5000",
      {"w", "t"});
}

TEST_F(CommandTest, TrainRefusesBadInput) {
  ExpectRefused(Train(), "$D/d", {"w", "t"});  // no data set yet
  ASSERT_EQ(Preprocess().code, 0);
  ExpectRefused(Train("15625"), "15625", {"w", "t"});
  ExpectRefused(Train("323135"), "323135", {"w", "t"});
  ExpectRefused(Train("323133", "--numeric_profile=fast"), "fast", {"w", "t"});
  ExpectRefused(Train("323133", "--device=tpu"),
                "--device: expected cpu, cuda, cuda:N or auto, found \"tpu\"",
                {"w", "t"});
  ExpectRefused(Train("323133", "--backend=tpu"),
                "--backend: expected auto, libtorch or check, found \"tpu\"",
                {"w", "t"});
  ExpectRefused(Train("323133", "--device=cuda:0"), "--device=cuda:0",
                {"w", "t"});
  Write("recipe", absl::StrReplaceAll(kRecipe, {{"max_learning_rate: 0.1",
                                                 "max_learning_rate: 1e30"}}));
  ExpectRefused(Train(), "cell 2581 323133 seed 4: epoch 1 step ", {"w", "t"});
  const std::string dataset = Read("d");
  Write("d", dataset.substr(0, dataset.size() - 1));
  ExpectRefused(Train(), "$D/d", {"w", "t"});
}

// On request, a run whose loss is not finite is a result like any other: it has
// the same bytes each time, and later stages pass it on.
TEST_F(CommandTest, AFailedRunIsARecordOnRequest) {
  ASSERT_EQ(Preprocess().code, 0);
  Write("recipe", absl::StrReplaceAll(kRecipe, {{"max_learning_rate: 0.1",
                                                 "max_learning_rate: 1e30"}}));
  const Result trained = Train("323133", "--failure_as_record");
  ASSERT_EQ(trained.code, 0) << trained.errors;
  EXPECT_THAT(trained.errors, HasSubstr("written as the run's result"));
  const std::string weights = Read("w"), train_record = Read("t");
  TrainRecord train;
  ASSERT_TRUE(ParseRecord("t", train_record, &train).ok());
  EXPECT_THAT(train.failed(),
              AllOf(HasSubstr("epoch 1 step "), HasSubstr("NaN or infinity")));
  EXPECT_EQ(train.epochs_size(), 0);
  EXPECT_EQ(train.provenance().inputs_size(), 2);
  EXPECT_EQ(train.weights_sha256(), Sha256(weights));

  ExpectRefused(Evaluate(),
                absl::StrCat("$D/w: expected trained weights, found a run that "
                             "failed: ",
                             train.failed()),
                {"e"});
  ExpectRefused(
      Evaluate("323133", "--failure_as_record --predictions_out=$D/p"),
      "$D/w: --predictions_out: expected trained weights", {"e", "p"});
  const Result evaluated = Evaluate("323133", "--failure_as_record");
  ASSERT_EQ(evaluated.code, 0) << evaluated.errors;
  EvaluationRecord record;
  ASSERT_TRUE(ParseRecord("e", Read("e"), &record).ok());
  EXPECT_EQ(record.failed(), train.failed());
  EXPECT_EQ(record.suite(), "tiny");
  EXPECT_EQ(record.seed(), 4);
  EXPECT_EQ(record.skeleton().channels(), 8);
  EXPECT_EQ(record.attacks_size(), 0);
  EXPECT_EQ(record.provenance().inputs_size(), 3);
  ASSERT_EQ(std::remove(Path("e").c_str()), 0);
  ExpectRefused(Evaluate("333133", "--failure_as_record"),
                "$D/w: field metadata.cell: expected 333133, found 323133",
                {"e"});

  ASSERT_EQ(Train("2581", "--failure_as_record").code, 0);
  EXPECT_EQ(Read("w"), weights);
  EXPECT_EQ(Read("t"), train_record);
  // A run that does not fail is none the worse for it.
  Write("recipe", kRecipe);
  ASSERT_EQ(Train().code, 0);
  const std::string good = Read("w");
  ASSERT_EQ(Train("323133", "--failure_as_record").code, 0);
  EXPECT_EQ(Read("w"), good);
}

TEST_F(CommandTest, EvaluateRefusesBadInput) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  ExpectRefused(Evaluate("333133"),
                "$D/w: field metadata.cell: expected 333133", {"e"});
  ExpectRefused(Evaluate("323133", "--seed=5"),
                "$D/w: field metadata.seed: expected 5", {"e"});
  ExpectRefused(Evaluate("323133", "--images=21"),
                "--images: expected 0 to the 20 test images", {"e"});
  Write("suite", absl::StrReplaceAll(kSuite, {{"fgsm { epsilon: 8 }",
                                               "fgsm { epsilon: -8 }"}}));
  ExpectRefused(
      Evaluate(),
      "$D/suite: attacks[1].fgsm.epsilon: expected 0 to 255, found -8", {"e"});
  Write("suite", absl::StrReplaceAll(kSuite, {{"steps: 3", "steps: 0"}}));
  ExpectRefused(Evaluate(), "attacks[2].pgd.steps: expected 1", {"e"});
  Write("suite", absl::StrReplaceAll(kSuite, {{"clean {}",
                                               "fab { epsilon: 8 steps: 1 "
                                               "targets: 4 }"}}));
  ExpectRefused(Evaluate(),
                "$D/suite: attacks[0].fab.targets: expected at most the 3 "
                "other classes, found 4",
                {"e"});
  Write("suite", absl::StrReplaceAll(kSuite, {{"pgd_8", "fgsm_8"}}));
  ExpectRefused(Evaluate(), "expected each name once, found \"fgsm_8\"", {"e"});
  Write("suite", "name: \"empty\" batch_size: 1");
  ExpectRefused(Evaluate(), "$D/suite: field attacks: expected at least one",
                {"e"});
  Write("suite", kSuite);
  const std::string weights = Read("w");
  Write("w", weights.substr(0, weights.size() - 4));
  ExpectRefused(Evaluate(), "$D/w", {"e"});
  Write("w", Read("d"));
  ExpectRefused(Evaluate(), "$D/w: tensor stem.0.weight: expected", {"e"});
  Write("w", "<!DOCTYPE html><html><body>Not Found</body></html>");
  ExpectRefused(Evaluate(), "$D/w: header length: expected at most", {"e"});
  ExpectRefused(Evaluate(), "it looks like an HTML page", {"e"});
  // As torch.nn.DataParallel names them.
  const auto file = SafetensorsFile::Parse("w", weights);
  ASSERT_TRUE(file.ok()) << file.status();
  std::map<std::string, TensorEntry> prefixed;
  for (const auto& [name, tensor] : file->tensors()) {
    prefixed["module." + name] = tensor;
  }
  Write("w", WriteSafetensors(prefixed, file->metadata()));
  ExpectRefused(Evaluate(),
                "its names begin with \"module.\", as "
                "torch.nn.DataParallel's do: save model.module.state_dict()",
                {"e"});
}

// Lengths are in units of 1/255, so 0.03137 does not stand for 8/255, but it is
// valid.
TEST_F(CommandTest, FractionsOfOneAreAWarning) {
  ASSERT_EQ(Preprocess().code, 0);
  EXPECT_THAT(Train(" 323133\n").errors, Not(HasSubstr("warning")));
  Write("suite", absl::StrReplaceAll(kSuite, {{"fgsm { epsilon: 8 }",
                                               "fgsm { epsilon: 0.03137 }"}}));
  const Result evaluated = Evaluate();
  EXPECT_EQ(evaluated.code, 0);
  EXPECT_THAT(evaluated.errors,
              AllOf(HasSubstr("warning: "), HasSubstr("attacks[1] (fgsm_8)"),
                    HasSubstr("0.03137 is written 8")));
  Write("recipe",
        absl::StrReplaceAll(kRecipe, {{"epsilon: 8 step_size: 2",
                                       "epsilon: 0.031 step_size: 0.008"}}));
  const Result trained = Train();
  EXPECT_EQ(trained.code, 0);
  EXPECT_THAT(trained.errors,
              AllOf(HasSubstr("recipe: attack.epsilon: 0.031"),
                    HasSubstr("recipe: attack.step_size: 0.008")));
}

// A PGD that hardly moves is weaker than FGSM, which a self-check finds.
TEST_F(CommandTest, AnUnreliableRecordIsSaidToBe) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  EXPECT_THAT(Evaluate().errors, Not(HasSubstr("unreliable")));
  Write("suite", R"(name: "weak" batch_size: 20
attacks { name: "fgsm_60" fgsm { epsilon: 60 } }
attacks { name: "pgd_60" pgd { epsilon: 60 step_size: 0.01 steps: 1
  random_start: false } })");
  const Result result = Evaluate();
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.errors, HasSubstr("/e: unreliable: "
                                       "pgd_not_weaker_than_fgsm: "));
}

TEST_F(CommandTest, NamesThatAreNoneAreRefused) {
  Write("spec",
        absl::StrReplaceAll(
            kSpec, {{"\"tiny\"", "'cifar \"10\" onmouseover=alert(1) x'"}}));
  ExpectRefused(Preprocess(), "$D/spec: field name: expected a name of letters",
                {"d"});
  Write("spec", kSpec);
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  Write("suite", absl::StrReplaceAll(kSuite, {{"fgsm_8", "parameters"}}));
  ExpectRefused(Evaluate(),
                "$D/suite: attacks[1].name: expected a name that no other "
                "metric or column has, found \"parameters\"",
                {"e"});
}

TEST_F(CommandTest, MistakesOnTheCommandLineExitWithTwo) {
  EXPECT_EQ(Run("train", "--cell=1").code, 2);
  EXPECT_THAT(Run("train", "--cell=1").errors,
              HasSubstr("--dataset is required"));
  EXPECT_EQ(Run("evaluation/evaluate", "--no_such_flag").code, 2);
  EXPECT_EQ(Run("preprocess", "--spec=$D/spec --dataset_out=$D/d more").code,
            2);
}

}  // namespace
}  // namespace robbench
