// Tests what the three programs say of input that is bad or looks wrong: for
// every kind of it a message, the exit code and no output file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "nas/base/safetensors.h"
#include "training/tests/command_fixture.h"

namespace robbench {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

using CommandErrorsTest = CommandFixture;

TEST_F(CommandErrorsTest, PreprocessRefusesBadFiles) {
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

TEST_F(CommandErrorsTest, SpecsAreStrict) {
  Write("spec", absl::StrCat(kTinySpec, "\ncolour: 3"));
  ExpectRefused(Preprocess(), "colour", {"d"});
  Write("spec", absl::StrReplaceAll(kTinySpec, {{"pad: 0", "pad: \"0\""}}));
  ExpectRefused(Preprocess(), "$D/spec", {"d"});
  Write("spec", absl::StrReplaceAll(kTinySpec, {{"pad: 0", ""}}));
  ExpectRefused(Preprocess(), "pad", {"d"});
  Write("spec", kTinySpec);
  ASSERT_EQ(Preprocess().code, 0);
  Write("recipe",
        absl::StrReplaceAll(kTinyRecipe, {{"epochs: 2", "epocs: 2"}}));
  ExpectRefused(Train(), "epocs", {"w", "t"});
  Write("recipe", absl::StrReplaceAll(kTinyRecipe,
                                      {{"batch_size: 16", "batch_size: 0"}}));
  ExpectRefused(Train(),
                "$D/recipe: field batch_size: expected 1 to 65536, found 0",
                {"w", "t"});
  Write("recipe",
        absl::StrReplaceAll(kTinyRecipe, {{"channels: 8", "channels: 5000"}}));
  ExpectRefused(
      Train(),
      "$D/recipe: skeleton: field channels: expected 1 to 1024, found 5000",
      {"w", "t"});
}

TEST_F(CommandErrorsTest, TrainRefusesBadInput) {
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
  Write("recipe", absl::StrReplaceAll(
                      kTinyRecipe,
                      {{"max_learning_rate: 0.1", "max_learning_rate: 1e30"}}));
  ExpectRefused(Train(), "cell 2581 323133 seed 4: epoch 1 step ", {"w", "t"});
  const std::string dataset = Read("d");
  Write("d", dataset.substr(0, dataset.size() - 1));
  ExpectRefused(Train(), "$D/d", {"w", "t"});
}

TEST_F(CommandErrorsTest, EvaluateRefusesBadInput) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  ExpectRefused(Evaluate("333133"),
                "$D/w: field metadata.cell: expected 333133", {"e"});
  ExpectRefused(Evaluate("323133", "--seed=5"),
                "$D/w: field metadata.seed: expected 5", {"e"});
  ExpectRefused(Evaluate("323133", "--images=21"),
                "--images: expected 0 to the 20 test images", {"e"});
  Write("suite", absl::StrReplaceAll(kTinySuite, {{"fgsm { epsilon: 8 }",
                                                   "fgsm { epsilon: -8 }"}}));
  ExpectRefused(
      Evaluate(),
      "$D/suite: field attacks[1].fgsm.epsilon: expected 0 to 255, found -8",
      {"e"});
  Write("suite", absl::StrReplaceAll(kTinySuite, {{"steps: 3", "steps: 0"}}));
  ExpectRefused(Evaluate(), "attacks[2].pgd.steps: expected 1", {"e"});
  Write("suite", absl::StrReplaceAll(kTinySuite, {{"clean {}",
                                                   "fab { epsilon: 8 steps: 1 "
                                                   "targets: 4 }"}}));
  ExpectRefused(
      Evaluate(),
      "$D/suite: field attacks[0].fab.targets: expected at most the 3 "
      "other classes, found 4",
      {"e"});
  Write("suite", absl::StrReplaceAll(kTinySuite, {{"pgd_8", "fgsm_8"}}));
  ExpectRefused(Evaluate(), "expected each name once, found \"fgsm_8\"", {"e"});
  Write("suite", "name: \"empty\" batch_size: 1");
  ExpectRefused(Evaluate(), "$D/suite: field attacks: expected at least one",
                {"e"});
  Write("suite", kTinySuite);
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
TEST_F(CommandErrorsTest, FractionsOfOneAreAWarning) {
  ASSERT_EQ(Preprocess().code, 0);
  EXPECT_THAT(Train(" 323133\n").errors, Not(HasSubstr("warning")));
  Write("suite", absl::StrReplaceAll(
                     kTinySuite,
                     {{"fgsm { epsilon: 8 }", "fgsm { epsilon: 0.03137 }"}}));
  const CommandResult evaluated = Evaluate();
  EXPECT_EQ(evaluated.code, 0);
  EXPECT_THAT(evaluated.errors,
              AllOf(HasSubstr("warning: "), HasSubstr("attacks[1] (fgsm_8)"),
                    HasSubstr("0.03137 is written 8")));
  Write("recipe", absl::StrReplaceAll(kTinyRecipe,
                                      {{"epsilon: 8 step_size: 2",
                                        "epsilon: 0.031 step_size: 0.008"}}));
  const CommandResult trained = Train();
  EXPECT_EQ(trained.code, 0);
  EXPECT_THAT(trained.errors,
              AllOf(HasSubstr("recipe: attack.epsilon: 0.031"),
                    HasSubstr("recipe: attack.step_size: 0.008")));
}

// A PGD that hardly moves is weaker than FGSM, which a self-check finds.
TEST_F(CommandErrorsTest, AnUnreliableRecordIsSaidToBe) {
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  EXPECT_THAT(Evaluate().errors, Not(HasSubstr("unreliable")));
  Write("suite", R"(name: "weak" batch_size: 20
attacks { name: "fgsm_60" fgsm { epsilon: 60 } }
attacks { name: "pgd_60" pgd { epsilon: 60 step_size: 0.01 steps: 1
  random_start: false } })");
  const CommandResult result = Evaluate();
  EXPECT_EQ(result.code, 0);
  EXPECT_THAT(result.errors, HasSubstr("/e: unreliable: "
                                       "pgd_not_weaker_than_fgsm: "));
}

TEST_F(CommandErrorsTest, NamesThatAreNoneAreRefused) {
  Write("spec", absl::StrReplaceAll(
                    kTinySpec,
                    {{"\"tiny\"", "'cifar \"10\" onmouseover=alert(1) x'"}}));
  ExpectRefused(Preprocess(), "$D/spec: field name: expected a name of letters",
                {"d"});
  Write("spec", kTinySpec);
  ASSERT_EQ(Preprocess().code, 0);
  ASSERT_EQ(Train().code, 0);
  Write("suite", absl::StrReplaceAll(kTinySuite, {{"fgsm_8", "parameters"}}));
  ExpectRefused(
      Evaluate(),
      "$D/suite: field attacks[1].name: expected a name that no other "
      "metric or column has, found \"parameters\"",
      {"e"});
}

TEST_F(CommandErrorsTest, MistakesOnTheCommandLineExitWithTwo) {
  EXPECT_EQ(Run("train", "--cell=1").code, 2);
  EXPECT_THAT(Run("train", "--cell=1").errors,
              HasSubstr("--dataset is required"));
  EXPECT_EQ(Run("evaluation/evaluate", "--no_such_flag").code, 2);
  EXPECT_EQ(
      Run("dataset/preprocess", "--spec=$D/spec --dataset_out=$D/d more").code,
      2);
}

}  // namespace
}  // namespace robbench
