// //ntk:score, //ntk:score_proxies and //training/evaluation:evaluate as
// persistent workers: the same bytes and messages as of fresh processes, in any
// order of requests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "nas/base/file.h"
#include "nas/base/worker/worker_client.h"
#include "nas/base/worker/worker_protocol.pb.h"
#include "training/dataset/dataset.h"
#include "training/dataset/noise_dataset.h"

namespace robbench {
namespace {

using testing::HasSubstr;

constexpr char kRecipe[] = R"(skeleton { channels: 8 cells_per_stage: 1 }
epochs: 1 batch_size: 16 weight_decay: 5e-4
schedule { max_learning_rate: 0.1 start_divisor: 25 end_divisor: 1e4
  rise_share: 0.3 max_momentum: 0.95 min_momentum: 0.85 }
attack { epsilon: 8 step_size: 2 steps: 2 random_start: true }
augmentation { crop_padding: 1 flip_probability: 0.5 })";

constexpr char kSuite[] = R"(name: "tiny" batch_size: 7
attacks { name: "clean" clean {} }
attacks { name: "pgd_8" pgd { epsilon: 8 step_size: 2 steps: 3
  random_start: true } })";

constexpr char kOtherSuite[] = R"(name: "other" batch_size: 16
attacks { name: "clean" clean {} }
attacks { name: "fgsm_8" fgsm { epsilon: 8 } })";

constexpr char kNtk[] =
    "skeleton { channels: 4 cells_per_stage: 1 } images: 6 "
    "image_choice: FIRST attack { epsilon: 8 relative_step_size: 0.25 steps: 3 "
    "random_start: true } twice: false scalar: SUM_OF_LOGITS parameters: ALL "
    "batch_norm: EVAL";

constexpr char kProxies[] =
    "skeleton { channels: 4 cells_per_stage: 1 } images: 8 score: GRASP "
    "score: ZEN score: CROZE score: NASWOT attacks { name: \"pgd_8\" pgd { "
    "epsilon: 8 step_size: 2 steps: 3 random_start: true } }";

// A request's outputs are files $O1 and $O2, which may not come to be.
struct Outcome {
  int exit_code;
  std::string messages;  // but progress, which holds times
  std::optional<std::string> first;
  std::optional<std::string> second;

  bool operator==(const Outcome&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  return out << "exit code " << outcome.exit_code << ", "
             << outcome.first.value_or("").size() << " and "
             << outcome.second.value_or("").size() << " bytes, "
             << outcome.messages;
}

using Request = std::vector<std::string>;

class WorkerTest : public testing::Test {
 protected:
  WorkerTest() {
    Write("recipe", kRecipe);
    Write("suite", kSuite);
    Write("other_suite", kOtherSuite);
    Write("ntk", kNtk);
    Write("proxies", kProxies);
    Write("twice", absl::StrReplaceAll(kNtk, {{"twice: false", "twice: true"},
                                              {"EVAL", "BATCH"}}));
    Write("d", SerializeDataset(NoiseDataset(/*images=*/32, /*size=*/8)));
  }

  static std::string Path(const std::string& name) {
    return absl::StrCat(testing::TempDir(), "/", name);
  }
  static void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFile(Path(name), bytes).ok());
  }
  static std::optional<std::string> Take(const std::string& name) {
    absl::StatusOr<std::string> bytes = ReadFile(Path(name));
    unlink(Path(name).c_str());
    return bytes.ok() ? std::optional(*std::move(bytes)) : std::nullopt;
  }
  static Request WithPaths(Request request) {
    for (std::string& argument : request) {
      argument = absl::StrReplaceAll(argument, {{"$D", testing::TempDir()},
                                                {"$O1", Path("out1")},
                                                {"$O2", Path("out2")}});
    }
    return request;
  }
  static Outcome MakeOutcome(int exit_code, const std::string& output) {
    std::vector<std::string> lines = absl::StrSplit(output, '\n');
    lines.erase(std::remove_if(lines.begin(), lines.end(),
                               [](const std::string& line) {
                                 return absl::StartsWith(line, "cell ") &&
                                        absl::EndsWith(line, " left");
                               }),
                lines.end());
    return {exit_code, absl::StrJoin(lines, "\n"), Take("out1"), Take("out2")};
  }

  static Outcome AsProcess(const std::string& program, const Request& request) {
    const std::string command =
        absl::StrCat(program, " '", absl::StrJoin(WithPaths(request), "' '"),
                     "' >", Path("output"), " 2>&1");
    const int status = std::system(command.c_str());
    return MakeOutcome(WIFEXITED(status) ? WEXITSTATUS(status) : -1,
                       Take("output").value_or(""));
  }
  static Outcome ByWorker(WorkerClient& worker, const Request& request) {
    const std::optional<WorkResponse> response = worker.Ask(WithPaths(request));
    EXPECT_TRUE(response.has_value()) << Take("log").value_or("");
    return MakeOutcome(response->exit_code(), response->output());
  }

  // Each request as a process, then all by a worker, by another in reverse
  // order, and by a third the first of them thrice.
  static std::vector<Outcome> ExpectSameByWorkers(
      const std::string& program, const std::vector<Request>& requests) {
    std::vector<Outcome> processes;
    for (const Request& request : requests) {
      processes.push_back(AsProcess(program, request));
    }
    const int count = static_cast<int>(requests.size());
    std::vector<int> in_order;
    for (int i = 0; i < count; ++i) in_order.push_back(i);
    const std::vector<int> reversed(in_order.rbegin(), in_order.rend());
    for (const std::vector<int>& order :
         {in_order, reversed, std::vector<int>{0, 0, 0}}) {
      WorkerClient worker(program, {}, Path("log"));
      for (const int i : order) {
        EXPECT_EQ(ByWorker(worker, requests[i]), processes[i])
            << absl::StrJoin(requests[i], " ");
      }
      EXPECT_EQ(worker.Finish(), 0);
    }
    return processes;
  }

  static void ExpectDone(const std::vector<Outcome>& outcomes, int count) {
    for (int i = 0; i < count; ++i) {
      EXPECT_EQ(outcomes[i].exit_code, 0) << outcomes[i];
      EXPECT_GT(outcomes[i].first.value_or("").size(), 100) << outcomes[i];
      for (int j = 0; j < i; ++j)
        EXPECT_NE(outcomes[i].first, outcomes[j].first);
    }
  }
};

TEST_F(WorkerTest, ScoresAreThoseOfProcesses) {
  const auto request = [](const std::string& cell, const std::string& seed,
                          const std::string& spec) {
    return Request{"--dataset=$D/d",      "--cell=" + cell,
                   "--seed=" + seed,      "--spec=$D/" + spec,
                   "--record_out=$O1",    "--kernels_out=$O2",
                   "--failure_as_record", "--numeric_profile=portable"};
  };
  std::vector<Request> requests = {
      request("323133", "3", "ntk"),   request("323133", "4", "ntk"),
      request("111111", "3", "twice"), request("333000", "0", "ntk"),
      request("222222", "1", "ntk"),
  };
  requests.push_back(request("132013", "2", "ntk"));
  requests.back().push_back("--images=9");
  const int done = static_cast<int>(requests.size());
  requests.push_back(request("323133", "3", "nothing"));
  requests.push_back(request("999999", "3", "ntk"));
  requests.push_back({"--cel=1"});
  const std::vector<Outcome> outcomes =
      ExpectSameByWorkers("ntk/score", requests);
  ExpectDone(outcomes, done);
  for (int i = 0; i < done; ++i) EXPECT_TRUE(outcomes[i].second.has_value());
  EXPECT_THAT(outcomes[done].messages, HasSubstr("nothing"));
  EXPECT_EQ(outcomes[done].exit_code, 1);
  EXPECT_EQ(outcomes[done + 1].exit_code, 1);
  EXPECT_EQ(outcomes[done + 2].exit_code, 2);
}

TEST_F(WorkerTest, TrainingFreeScoresAreThoseOfProcesses) {
  const auto request = [](const std::string& cell, const std::string& seed) {
    return Request{"--dataset=$D/d", "--cell=" + cell, "--seed=" + seed,
                   "--spec=$D/proxies", "--record_out=$O1"};
  };
  std::vector<Request> requests = {
      request("323133", "3"), request("323133", "4"), request("000000", "3"),
      request("222222", "1")};
  const int done = static_cast<int>(requests.size());
  requests.push_back(request("999999", "3"));
  const std::vector<Outcome> outcomes =
      ExpectSameByWorkers("ntk/proxies/score_proxies", requests);
  ExpectDone(outcomes, done);
  EXPECT_EQ(outcomes[done].exit_code, 1);
}

TEST_F(WorkerTest, EvaluationsAreThoseOfProcesses) {
  const auto request = [](const std::string& cell, const std::string& suite) {
    return Request{"--dataset=$D/d", "--cell=" + cell,
                   "--weights=$D/weights" + cell, "--attacks=$D/" + suite,
                   "--record_out=$O1"};
  };
  for (const std::string cell : {"323133", "412211"}) {
    const Outcome training = AsProcess(
        "training/train",
        {"--dataset=$D/d", "--cell=" + cell, "--seed=4", "--recipe=$D/recipe",
         "--weights_out=$D/weights" + cell, "--record_out=$O1"});
    ASSERT_EQ(training.exit_code, 0) << training;
  }
  std::vector<Request> requests = {
      request("323133", "suite"), request("412211", "other_suite"),
      request("412211", "suite"), request("323133", "other_suite")};
  requests.push_back(requests[0]);
  requests.back().push_back("--images=20");
  const int done = static_cast<int>(requests.size());
  requests.push_back(request("323133", "suite"));
  requests.back()[2] = "--weights=$D/weights412211";
  const std::vector<Outcome> outcomes =
      ExpectSameByWorkers("training/evaluation/evaluate", requests);
  ExpectDone(outcomes, done);
  EXPECT_EQ(outcomes[done].exit_code, 1);
}

TEST_F(WorkerTest, AnotherEnvironmentIsRefused) {
  const std::string isa = getenv("ATEN_CPU_CAPABILITY");
  unsetenv("ATEN_CPU_CAPABILITY");
  WorkerClient worker("ntk/score", {}, Path("log"));
  setenv("ATEN_CPU_CAPABILITY", isa.c_str(), 1);
  const Outcome outcome = ByWorker(
      worker,
      {"--dataset=$D/d", "--cell=323133", "--spec=$D/ntk", "--record_out=$O1"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.messages, HasSubstr("environment of another profile"));
  EXPECT_EQ(outcome.first, std::nullopt);
}

}  // namespace
}  // namespace robbench
