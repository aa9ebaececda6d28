// Tests //ntk:score by running it as a user does.
#include <ATen/core/Tensor.h>
#include <sys/wait.h>
#include <unistd.h>

#include <Eigen/Core>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nas/base/digest.h"
#include "nas/base/file.h"
#include "nas/base/record.h"
#include "nas/base/safetensors.h"
#include "nas/cell.h"
#include "nas/network/network.h"
#include "nas/network/weights.h"
#include "nas/network_plan.h"
#include "ntk/kernel_scores.h"
#include "ntk/ntk.pb.h"
#include "training/dataset/dataset.h"
#include "training/dataset/noise_dataset.h"

namespace robbench {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int kTestImages = 12;

std::string Path(const std::string& name) {
  return testing::TempDir() + "/" + name;
}

// 1x8x8 images of noise, four classes: 4, 3, 3 and 2 of them.
Dataset MakeDataset() {
  Dataset dataset = NoiseDataset(kTestImages, /*size=*/8);
  for (ImageSplit* split : {&dataset.train, &dataset.test}) {
    split->labels.back() = 0;
  }
  return dataset;
}

// Returns a spec. `more` comes at its end, where it may add to lists.
std::string Spec(const std::string& images, const std::string& epsilon,
                 const std::string& more = "") {
  return absl::StrCat(
      "skeleton { channels: 4 cells_per_stage: 1 } images: ", images,
      " image_choice: FIRST attack { epsilon: ", epsilon,
      " relative_step_size: 0.25 steps: 3 random_start: true } "
      "twice: false scalar: SUM_OF_LOGITS parameters: ALL "
      "batch_norm: EVAL ",
      more);
}

// Returns the spec with a field's value replaced.
std::string SpecWith(const std::string& from, const std::string& to) {
  const std::string spec = Spec("6", "8");
  const std::string changed = absl::StrReplaceAll(spec, {{from, to}});
  EXPECT_NE(spec, changed) << from;
  return changed;
}

ScoreOptions Options(int images) {
  const Dataset dataset = MakeDataset();
  return {.labels = {dataset.test.labels.begin(),
                     dataset.test.labels.begin() + images},
          .classes = 4,
          .gradient_roundoff = 0x1p-24};
}

struct Outcome {
  int exit_code;
  std::string error;
};

class ScoreTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("d.safetensors", SerializeDataset(MakeDataset()));
    Write("spec.textproto", Spec("6", "8"));
    unlink(Path("r.binpb").c_str());
    unlink(Path("k.safetensors").c_str());
  }

  static void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFile(Path(name), bytes).ok());
  }

  // `flags` come last and so override.
  static Outcome Score(const std::string& flags,
                       const std::string& environment = "") {
    const std::string command = absl::StrCat(
        environment, " ntk/score --dataset=", Path("d.safetensors"),
        " --cell=323133 --seed=3 --spec=", Path("spec.textproto"),
        " --record_out=", Path("r.binpb"),
        " --kernels_out=", Path("k.safetensors"), " ", flags, " 2>",
        Path("stderr"));
    const int status = std::system(command.c_str());
    return {WEXITSTATUS(status), ReadFile(Path("stderr")).value_or("")};
  }

  // Expects exit code `code`, a message that holds `parts`, and no output.
  static void ExpectRefused(const std::string& flags, int code,
                            const std::vector<std::string>& parts) {
    const Outcome run = Score(flags);
    EXPECT_EQ(run.exit_code, code) << flags << "\n" << run.error;
    for (const std::string& part : parts) {
      EXPECT_THAT(run.error, HasSubstr(part)) << flags;
    }
    EXPECT_FALSE(ReadFile(Path("r.binpb")).ok()) << flags;
    EXPECT_FALSE(ReadFile(Path("k.safetensors")).ok()) << flags;
  }

  static void ExpectSpecRefused(const std::string& spec,
                                const std::vector<std::string>& parts) {
    Write("spec.textproto", spec);
    ExpectRefused("", 1, parts);
  }

  static Eigen::MatrixXd Kernel(const std::string& name, int images) {
    const auto file = SafetensorsFile::Read(Path("k.safetensors"));
    EXPECT_TRUE(file.ok()) << file.status();
    const auto entry = file->Get(name, DType::kF64, {images, images});
    EXPECT_TRUE(entry.ok()) << entry.status();
    Eigen::MatrixXd matrix(images, images);
    std::memcpy(matrix.data(), entry->data.data(), entry->data.size());
    return matrix.transpose();  // the file is row-major
  }
};

TEST_F(ScoreTest, RecordSaysWhatWasDone) {
  const Outcome run = Score("");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto record = ReadRecord<NtkRecord>(Path("r.binpb"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->provenance().producer(), "ntk:score");
  EXPECT_EQ(record->provenance().numeric_profile(), "portable");
  ASSERT_EQ(record->provenance().inputs_size(), 2);
  EXPECT_EQ(record->provenance().inputs(0).role(), "dataset");
  EXPECT_EQ(record->provenance().inputs(0).sha256(),
            Sha256(*ReadFile(Path("d.safetensors"))));
  EXPECT_EQ(record->provenance().inputs(1).role(), "spec");
  EXPECT_EQ(record->provenance().inputs(1).sha256(), Sha256(Spec("6", "8")));
  EXPECT_EQ(record->dataset(), "noise");
  EXPECT_EQ(record->cell().index(), 2581);
  EXPECT_EQ(record->seed(), 3);
  EXPECT_EQ(record->spec().images(), 6);
  EXPECT_EQ(record->spec().attack().epsilon(0), 8);
  EXPECT_FALSE(record->from_weights());
  EXPECT_THAT(record->flags(), IsEmpty());

  ASSERT_EQ(record->scores_size(), 3);
  int k = 0;
  for (const char* name : {"clean", "cross", "robust"}) {
    Eigen::MatrixXd kernel = Kernel(name, 6);
    if (k == 1) kernel = Symmetrized(kernel);
    const KernelScore& score = record->scores(k++);
    EXPECT_EQ(score.kernel(), name);
    const auto expected = ScoreKernel(kernel, Options(6));
    ASSERT_TRUE(expected.ok()) << expected.status();
    EXPECT_EQ(score.min_eigenvalue(), expected->min_eigenvalue);
    EXPECT_EQ(score.max_eigenvalue(), expected->max_eigenvalue);
    EXPECT_EQ(score.condition_number(), expected->condition_number);
    EXPECT_EQ(score.trace(), expected->trace);
    EXPECT_EQ(score.frobenius_norm(), expected->frobenius_norm);
    EXPECT_EQ(score.label_complexity(), expected->label_complexity);
    EXPECT_EQ(score.label_alignment(), expected->label_alignment);
    EXPECT_EQ(score.has_epsilon(), k > 1);
    EXPECT_FALSE(score.singular());
    EXPECT_GT(score.min_eigenvalue(), 0);
  }
  EXPECT_NE(Kernel("clean", 6), Kernel("robust", 6));
}

TEST_F(ScoreTest, SameInputsSameBytes) {
  ASSERT_EQ(Score("").exit_code, 0);
  const std::string record = *ReadFile(Path("r.binpb"));
  const std::string kernels = *ReadFile(Path("k.safetensors"));
  ASSERT_EQ(Score("", "TZ=Asia/Tokyo LC_ALL=C OMP_NUM_THREADS=2").exit_code, 0);
  EXPECT_EQ(*ReadFile(Path("r.binpb")), record);
  EXPECT_EQ(*ReadFile(Path("k.safetensors")), kernels);
  ASSERT_EQ(Score("--cell=2581").exit_code, 0);  // another name of the cell
  EXPECT_EQ(*ReadFile(Path("r.binpb")), record);
  ASSERT_EQ(Score("--seed=4").exit_code, 0);
  EXPECT_NE(*ReadFile(Path("k.safetensors")), kernels);
}

TEST_F(ScoreTest, FewerImagesAreTheFirst) {
  ASSERT_EQ(Score("").exit_code, 0);
  const Eigen::MatrixXd six = Kernel("robust", 6);
  ASSERT_EQ(Score("--images=4").exit_code, 0);
  EXPECT_EQ(ReadRecord<NtkRecord>(Path("r.binpb"))->spec().images(), 4);
  const Eigen::MatrixXd four = Kernel("robust", 4);
  EXPECT_LT((four - six.topLeftCorner(4, 4)).norm(), 1e-4 * four.norm());
}

TEST_F(ScoreTest, NoPerturbationMakesAllKernelsEqual) {
  Write("spec.textproto", Spec("6", "0"));
  ASSERT_EQ(Score("").exit_code, 0);
  const Eigen::MatrixXd clean = Kernel("clean", 6);
  EXPECT_LT((Kernel("cross", 6) - clean).norm(), 1e-6 * clean.norm());
  EXPECT_LT((Kernel("robust", 6) - clean).norm(), 1e-6 * clean.norm());
}

TEST_F(ScoreTest, InitialWeightsFromAFileAreTheSame) {
  ASSERT_EQ(Score("").exit_code, 0);
  const std::string kernels = *ReadFile(Path("k.safetensors"));
  const auto plan = MakeNetworkPlan(*ParseCell("323133"), {.channels = 4,
                                                           .cells_per_stage = 1,
                                                           .image_channels = 1,
                                                           .image_size = 8,
                                                           .classes = 4});
  ASSERT_TRUE(plan.ok()) << plan.status();
  Write("w.safetensors", SerializeWeights(*plan, InitialState(*plan, 3)));
  const Outcome run = Score("--weights=" + Path("w.safetensors"));
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(*ReadFile(Path("k.safetensors")), kernels);
  const auto record = ReadRecord<NtkRecord>(Path("r.binpb"));
  EXPECT_TRUE(record->from_weights());
  EXPECT_EQ(record->provenance().inputs(2).role(), "weights");

  unlink(Path("r.binpb").c_str());
  unlink(Path("k.safetensors").c_str());
  ExpectRefused(absl::StrCat("--cell=333333 --weights=", Path("w.safetensors")),
                1, {"w.safetensors", "323133", "333333"});
}

// Weights whose sums overflow are an error or, on request, give a record that
// says so.
TEST_F(ScoreTest, AFailedRunIsARecordOnRequest) {
  const auto plan = MakeNetworkPlan(*ParseCell("323133"), {.channels = 4,
                                                           .cells_per_stage = 1,
                                                           .image_channels = 1,
                                                           .image_size = 8,
                                                           .classes = 4});
  ASSERT_TRUE(plan.ok()) << plan.status();
  std::vector<at::Tensor> state = InitialState(*plan, 3);
  for (size_t i = 0; i < state.size(); ++i) {
    if (plan->parameters[i].kind == ParameterKind::kConvolutionWeight) {
      state[i].mul_(1e20);
    }
  }
  Write("w.safetensors", SerializeWeights(*plan, state));
  const std::string weights = "--weights=" + Path("w.safetensors");
  ExpectRefused(weights, 1, {"323133", "seed 3", "finite"});
  const Outcome run = Score(weights + " --failure_as_record");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  const auto record = ReadRecord<NtkRecord>(Path("r.binpb"));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_THAT(record->failed(), HasSubstr("finite"));
  EXPECT_EQ(record->scores_size(), 0);
}

TEST_F(ScoreTest, DeadCellsAreFlagged) {
  for (const char* cell : {"000000", "172"}) {
    const Outcome run = Score(absl::StrCat("--cell=", cell));
    ASSERT_EQ(run.exit_code, 0) << cell << run.error;
    const auto record = ReadRecord<NtkRecord>(Path("r.binpb"));
    EXPECT_THAT(record->flags(),
                ElementsAre("dead_cell", "singular_clean", "singular_cross",
                            "singular_robust"))
        << cell;
    EXPECT_TRUE(std::isinf(record->scores(0).condition_number())) << cell;
    // At initialisation only the classifier's bias has a gradient: a one for
    // each of four logits.
    EXPECT_LT((Kernel("clean", 6) - Eigen::MatrixXd::Constant(6, 6, 4)).norm(),
              1e-4)
        << cell;
  }
}

TEST_F(ScoreTest, NumberOfImages) {
  ExpectRefused(
      "--images=13", 1,
      {"--images: field images: expected 1 to 12", "noise has 12", "found 13"});
  ExpectSpecRefused(
      Spec("0", "8"),
      {"spec.textproto: field images: expected 1 to 12", "found 0"});
}

TEST_F(ScoreTest, Spec) {
  ExpectSpecRefused(Spec("6 colour: 3", "8"), {"spec.textproto", "colour"});
  ExpectSpecRefused("images: 6", {"spec.textproto", "skeleton", "attack",
                                  "scalar", "parameters", "batch_norm"});
  ExpectSpecRefused(SpecWith("channels: 4", "channels: 4294967295"),
                    {"channels: expected 1 to 1024"});
  ExpectSpecRefused(Spec("6", "8", "mix: 0.5 mix: 1.5"),
                    {"spec.textproto: field mix: expected 0 to 1, found 1.5"});
}

TEST_F(ScoreTest, EpsilonsTwiceAndMixtures) {
  Write("spec.textproto",
        SpecWith("epsilon: 8", "epsilon: 3 epsilon: 8") + "mix: 0 mix: 1");
  const Outcome once = Score("");
  ASSERT_EQ(once.exit_code, 0) << once.error;
  const Eigen::MatrixXd clean = Kernel("clean", 6);
  const Eigen::MatrixXd robust = Kernel("robust_8", 6);
  EXPECT_EQ(Kernel("mixed_8_0", 6), clean);
  EXPECT_EQ(Kernel("mixed_8_1", 6), robust);
  EXPECT_NE(Kernel("robust_3", 6), robust);
  // Each epsilon gives what it gives alone.
  Write("spec.textproto",
        absl::StrReplaceAll(Spec("6", "8", "mix: 0 mix: 0.5 mix: 1 ratio: 2"),
                            {{"twice: false", "twice: true"}}));
  const Outcome run = Score("");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_LT((Kernel("robust", 6) - robust).norm(), 1e-6 * robust.norm());
  EXPECT_EQ(Kernel("mixed_twice_0", 6), Kernel("robust", 6));
  EXPECT_EQ(Kernel("mixed_twice_1", 6), Kernel("robust_twice", 6));
  EXPECT_NE(Kernel("robust_twice", 6), Kernel("robust", 6));
  const auto record = ReadRecord<NtkRecord>(Path("r.binpb"));
  ASSERT_TRUE(record.ok()) << record.status();
  std::vector<std::string> names;
  for (const KernelScore& score : record->scores()) {
    names.push_back(score.kernel());
    EXPECT_EQ(score.eigenvalue_ratio_size(), 1);
    EXPECT_EQ(score.has_epsilon(), score.kernel() != "clean");
    EXPECT_EQ(score.has_mix(), absl::StartsWith(score.kernel(), "mixed"));
  }
  EXPECT_THAT(names,
              ElementsAre("clean", "cross", "robust", "cross_twice",
                          "robust_twice", "mixed_0", "mixed_0.5", "mixed_1",
                          "mixed_twice_0", "mixed_twice_0.5", "mixed_twice_1"));
}

TEST_F(ScoreTest, BalancedImagesAreDrawnByTheSeed) {
  Write("spec.textproto", SpecWith("FIRST", "BALANCED"));
  ASSERT_EQ(Score("--images=4").exit_code, 0);
  const Eigen::MatrixXd kernel = Kernel("clean", 4);
  ASSERT_EQ(Score("--images=4 --cell=333333").exit_code, 0);
  EXPECT_NE(Kernel("clean", 4), kernel);
  // More images of a class than there are.
  unlink(Path("r.binpb").c_str());
  unlink(Path("k.safetensors").c_str());
  ExpectRefused(
      "--images=12", 1,
      {"spec.textproto: field images: expected at least 3 of each class, "
       "found 2 of class 3"});
}

TEST_F(ScoreTest, EveryMode) {
  std::vector<Eigen::MatrixXd> kernels;
  for (const auto& [from, to] :
       {std::pair("EVAL", "EVAL "), std::pair("EVAL", "CALIBRATED"),
        std::pair("EVAL", "BATCH"), std::pair("ALL", "WEIGHTS"),
        std::pair("SUM_OF_LOGITS", "ONE_CLASS scalar_class: 2"),
        std::pair("SUM_OF_LOGITS", "MARGIN"),
        std::pair("SUM_OF_LOGITS", "ALL_LOGITS")}) {
    Write("spec.textproto", SpecWith(from, to));
    const Outcome run = Score("");
    ASSERT_EQ(run.exit_code, 0) << to << run.error;
    for (const Eigen::MatrixXd& other : kernels) {
      EXPECT_GT((Kernel("robust", 6) - other).norm(), 1e-4 * other.norm())
          << to;
    }
    kernels.push_back(Kernel("robust", 6));
  }
}

TEST_F(ScoreTest, BackendsAgreeAndAreRecorded) {
  ASSERT_EQ(Score("").exit_code, 0);
  const std::string record = *ReadFile(Path("r.binpb"));
  const Eigen::MatrixXd robust = Kernel("robust", 6);
  const Outcome run = Score("--backend=check");
  ASSERT_EQ(run.exit_code, 0) << run.error;
  EXPECT_EQ(*ReadFile(Path("r.binpb")), record);
  EXPECT_EQ((Kernel("robust", 6) - robust).norm(), 0);
  ASSERT_EQ(Score("--backend=libtorch").exit_code, 0);
  EXPECT_LT((Kernel("robust", 6) - robust).norm(), 1e-3 * robust.norm());
  EXPECT_EQ(
      ReadRecord<NtkRecord>(Path("r.binpb"))->provenance().numeric_profile(),
      "portable+libtorch");
}

TEST_F(ScoreTest, Command) {
  ExpectRefused("--cell=99999", 1, {"99999"});
  ExpectRefused("--device=tpu", 1, {"--device", "tpu"});
  ExpectRefused("--backend=tpu", 1, {"--backend: expected auto, libtorch"});
  ExpectRefused("--numeric_profile=fast", 1, {"fast", "portable"});
  ExpectRefused("--dataset=" + Path("absent"), 1, {"absent"});
  ExpectRefused("--spec=", 2, {"--spec"});
  ExpectRefused("--colour=3", 2, {"colour"});
  ExpectRefused("extra", 2, {"extra"});
  Write("d.safetensors", "not a data set");
  ExpectRefused("", 1, {"d.safetensors"});
}

}  // namespace
}  // namespace robbench
