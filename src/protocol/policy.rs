//! The least IAM policy for what a caller does: which actions, on which resources, and no more.
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonbedrock.html>

use super::invalid_input::InvalidInput;
use super::model::{GLOBAL, ModelId, Table, base_model_id, is_application_profile, split_geography};
use super::operation::s3::S3Uri;
use super::partition::Partition;
use serde_json::{Value, json};

/// One thing that a caller does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// InvokeModel and Converse.
    Invoke,
    /// InvokeModelWithResponseStream and ConverseStream.
    InvokeStream,
    /// CountTokens, which takes base models only: of a profile, the model behind it.
    CountTokens,
    /// GetInferenceProfile: which model is behind the ARN of an application profile.
    ModelBehindProfile,
    /// ApplyGuardrail and InvokeGuardrailChecks.
    Guardrail,
    /// StartAsyncInvoke, whose output Bedrock writes with the caller's own right to do so, and everything after it up
    /// to the download.
    Async,
    /// A job of Bedrock's batch inference, from its records on S3 to its results.
    BatchJob,
    /// Lists of models and inference profiles.
    Models,
    /// What `doctor` asks, and the probe object that it writes.
    Doctor,
    /// Calls with a short-term API key that is made from these credentials.
    ApiKey,
}

impl Activity {
    fn needs_model(self) -> bool {
        matches!(self, Self::Invoke | Self::InvokeStream | Self::CountTokens | Self::Async | Self::BatchJob)
    }

    fn needs_bucket(self) -> bool {
        matches!(self, Self::Async | Self::BatchJob)
    }
}

/// Where, on what, and whose.
#[derive(Clone, Debug)]
pub struct PolicyScope {
    /// The region that is called.
    pub region: String,
    /// The account, 12 digits; without one, any (`*`).
    pub account: Option<String>,
    /// Base ids, ids of inference profiles, or ARNs.
    pub models: Vec<ModelId>,
    /// Where the output of async invocations, and the records and results of batch jobs, go.
    pub outputs: Vec<S3Uri>,
    /// The role that batch jobs run as.
    pub role: Option<String>,
}

/// The policy document. What an activity needs and the scope does not name is an error: leave to use every model is not
/// the least. So is a bucket or a role that no activity needs.
pub fn least_policy(activities: &[Activity], scope: &PolicyScope) -> Result<Value, InvalidInput> {
    if activities.iter().any(|activity| activity.needs_model()) && scope.models.is_empty() {
        return Err(InvalidInput::new("models", "is needed: leave to use every model is not the least"));
    }
    let does = |activity: Activity| activities.contains(&activity);
    match activities.iter().any(|activity| activity.needs_bucket()) {
        true if scope.outputs.is_empty() => {
            return Err(InvalidInput::new(
                "outputs",
                "is needed: async invocations and batch jobs write there",
            ));
        }
        false if !scope.outputs.is_empty() && !does(Activity::Doctor) => {
            return Err(InvalidInput::new("outputs", "goes with async, video, batch-job and doctor"));
        }
        _ => {}
    }
    if does(Activity::BatchJob) != scope.role.is_some() {
        return Err(InvalidInput::new("role", "goes with batch-job, and batch-job with it"));
    }
    let mut statements = Statements { scope, list: Vec::new() };
    let mut model_actions = Vec::new();
    if does(Activity::Invoke) || does(Activity::Async) {
        model_actions.push("bedrock:InvokeModel");
    }
    if does(Activity::InvokeStream) {
        model_actions.push("bedrock:InvokeModelWithResponseStream");
    }
    if !model_actions.is_empty() {
        statements.models(&model_actions);
    }
    if does(Activity::CountTokens) {
        let models: Vec<String> = scope.models.iter().map(|model| scope.base_model(model)).collect();
        statements.add("CountTokens", &["bedrock:CountTokens"], &models);
    }
    if does(Activity::ModelBehindProfile) {
        let ids = scope.models.iter().map(ModelId::as_str);
        let profiles: Vec<String> = ids.filter(|id| is_application_profile(id)).map(str::to_owned).collect();
        if !profiles.is_empty() {
            statements.add("FindModelBehindProfile", &["bedrock:GetInferenceProfile"], &profiles);
        }
    }
    if does(Activity::Guardrail) {
        let guardrails = scope.arn("guardrail/*");
        statements.add("ApplyGuardrails", &["bedrock:ApplyGuardrail"], &[guardrails]);
        statements.add("CheckWithoutGuardrail", &["bedrock:InvokeGuardrailChecks"], &["*".to_owned()]);
    }
    if let Some(role) = &scope.role {
        statements.batch_jobs(role);
    }
    if does(Activity::Async) {
        let jobs = [scope.arn("async-invoke/*")];
        statements.add("AsyncInvocations", &["bedrock:InvokeModel", "bedrock:GetAsyncInvoke"], &jobs);
        statements.add("ListAsyncInvocations", &["bedrock:ListAsyncInvokes"], &["*".to_owned()]);
        statements.outputs("WriteAndReadOutput", &["s3:PutObject", "s3:GetObject"]);
    }
    if does(Activity::Models) {
        let actions = [
            "bedrock:ListFoundationModels",
            "bedrock:GetFoundationModel",
            "bedrock:ListInferenceProfiles",
            "bedrock:GetInferenceProfile",
        ];
        statements.add("ReadModels", &actions, &["*".to_owned()]);
    }
    if does(Activity::Doctor) {
        let actions = ["bedrock:GetFoundationModelAvailability", "bedrock:GetInferenceProfile"];
        statements.add("ReadModelAccess", &actions, &["*".to_owned()]);
        if !scope.outputs.is_empty() {
            statements.outputs("WriteProbe", &["s3:PutObject", "s3:DeleteObject"]);
        }
    }
    if !scope.outputs.is_empty() {
        // Without it, S3 says of an object that is not there yet that it may not be read.
        let buckets: Vec<String> = scope.outputs.iter().map(|uri| scope.bucket(uri)).collect();
        statements.add("FindBucketAndObjects", &["s3:ListBucket"], &buckets);
    }
    if does(Activity::ApiKey) {
        statements.add("CallWithApiKey", &["bedrock:CallWithBearerToken"], &["*".to_owned()]);
    }
    Ok(json!({"Version": "2012-10-17", "Statement": statements.list}))
}

impl PolicyScope {
    fn partition(&self) -> &'static str {
        Partition::of_region(&self.region).id()
    }

    fn arn(&self, resource: &str) -> String {
        let account = self.account.as_deref().unwrap_or("*");
        format!("arn:{}:bedrock:{}:{account}:{resource}", self.partition(), self.region)
    }

    fn foundation_model(&self, region: &str, id: &str) -> String {
        format!("arn:{}:bedrock:{region}::foundation-model/{id}", self.partition())
    }

    fn bucket(&self, uri: &S3Uri) -> String {
        format!("arn:{}:s3:::{}", self.partition(), uri.bucket())
    }

    /// What calls name, models and profiles, and of the profiles what is behind them.
    fn called(&self) -> (Vec<String>, Vec<Profile>) {
        let mut direct = Vec::new();
        let mut profiles = Vec::new();
        for model in &self.models {
            let id = model.as_str();
            match split_geography(id) {
                _ if id.starts_with("arn:") && id.contains("inference-profile/") => {
                    let resource = id.rsplit('/').next().unwrap_or(id);
                    let behind = split_geography(resource);
                    // An application profile's own id does not tell which model is behind it.
                    let model = if behind.0.is_some() { behind.1 } else { "*" };
                    profiles.push(self.profile(id.to_owned(), behind.0, model));
                }
                _ if id.starts_with("arn:") => direct.push(id.to_owned()),
                (Some(geography), base) => {
                    let arn = self.arn(&format!("inference-profile/{id}"));
                    profiles.push(self.profile(arn, Some(geography), base));
                }
                (None, _) => direct.push(self.foundation_model(&self.region, id)),
            }
        }
        direct.extend(profiles.iter().map(|profile| profile.arn.clone()));
        (direct, profiles)
    }

    fn profile(&self, arn: String, geography: Option<&str>, base: &str) -> Profile {
        let mut models = vec![self.foundation_model("*", base)];
        if geography == Some(GLOBAL) {
            models.push(self.foundation_model("", base));
        }
        Profile { arn, models }
    }

    /// The model itself, whatever it is called by.
    fn base_model(&self, model: &ModelId) -> String {
        match base_model_id(model.as_str(), Table::embedded()) {
            Some(base) if base.as_str().starts_with("arn:") => base.as_str().to_owned(),
            Some(base) => self.foundation_model(&self.region, base.as_str()),
            None if is_application_profile(model.as_str()) => {
                self.foundation_model(model.arn_region().unwrap_or(&self.region), "*")
            }
            None => model.as_str().to_owned(),
        }
    }
}

struct Profile {
    arn: String,
    /// In every region that it may send to.
    models: Vec<String>,
}

struct Statements<'a> {
    scope: &'a PolicyScope,
    list: Vec<Value>,
}

impl Statements<'_> {
    fn add(&mut self, sid: &str, actions: &[&str], resources: &[String]) {
        self.list.push(json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}));
    }

    fn add_where(&mut self, sid: &str, actions: &[&str], resources: &[String], condition: &Value) {
        self.list.push(json!({
            "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources, "Condition": condition,
        }));
    }

    /// A profile needs itself and, only through itself, the model behind it in every region that it may send to.
    /// <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html>
    fn models(&mut self, actions: &[&str]) {
        let (called, profiles) = self.scope.called();
        self.add("UseModels", actions, &called);
        for (number, profile) in profiles.into_iter().enumerate() {
            self.add_where(
                &format!("UseModelsThroughProfile{}", number + 1),
                actions,
                &profile.models,
                &json!({"StringLike": {"bedrock:InferenceProfileArn": profile.arn}}),
            );
        }
    }

    /// CreateModelInvocationJob knows no condition on the profile.
    fn batch_jobs(&mut self, role: &str) {
        let (mut resources, profiles) = self.scope.called();
        resources.extend(profiles.into_iter().flat_map(|profile| profile.models));
        let jobs = self.scope.arn("model-invocation-job/*");
        resources.push(jobs.clone());
        self.add("CreateBatchJobs", &["bedrock:CreateModelInvocationJob"], &resources);
        self.add("ReadBatchJobs", &["bedrock:GetModelInvocationJob"], &[jobs]);
        let service = json!({"StringEquals": {"iam:PassedToService": "bedrock.amazonaws.com"}});
        self.add_where("PassRoleToBatchJobs", &["iam:PassRole"], &[role.to_owned()], &service);
        let actions = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:GetObject"];
        self.outputs("WriteRecordsAndReadResults", &actions);
    }

    fn outputs(&mut self, sid: &str, actions: &[&str]) {
        let resources: Vec<String> = self
            .scope
            .outputs
            .iter()
            .map(|uri| {
                let prefix = uri.key().trim_end_matches('/');
                let slash = if prefix.is_empty() { "" } else { "/" };
                format!("{}/{prefix}{slash}*", self.scope.bucket(uri))
            })
            .collect();
        self.add(sid, actions, &resources);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(region: &str, models: &[&str], outputs: &[&str]) -> PolicyScope {
        PolicyScope {
            region: region.to_owned(),
            account: Some("123456789012".to_owned()),
            models: models.iter().map(|id| ModelId::new(*id).unwrap()).collect(),
            outputs: outputs.iter().map(|uri| S3Uri::new(*uri).unwrap()).collect(),
            role: None,
        }
    }

    #[test]
    fn a_video_needs_its_model_its_jobs_and_its_folder() {
        let scope = scope("us-west-2", &["luma.ray-v2:0"], &["s3://demo/videos"]);
        let policy = least_policy(&[Activity::Async], &scope).unwrap();
        let statements = policy["Statement"].as_array().unwrap();
        assert_eq!(statements[0]["Resource"][0], "arn:aws:bedrock:us-west-2::foundation-model/luma.ray-v2:0");
        assert_eq!(statements[1]["Resource"][0], "arn:aws:bedrock:us-west-2:123456789012:async-invoke/*");
        assert_eq!(statements[3]["Resource"][0], "arn:aws:s3:::demo/videos/*");
        assert_eq!(statements.len(), 5);
    }

    #[test]
    fn the_model_behind_a_profile_is_reached_through_it_only() {
        let scope = scope("us-gov-west-1", &["us-gov.anthropic.claude-x", "global.anthropic.claude-y"], &[]);
        let policy = least_policy(&[Activity::InvokeStream], &scope).unwrap();
        let profile =
            "arn:aws-us-gov:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.anthropic.claude-x";
        assert_eq!(policy["Statement"][0]["Resource"][0], profile);
        assert_eq!(policy["Statement"][0]["Action"], json!(["bedrock:InvokeModelWithResponseStream"]));
        let through = &policy["Statement"][1];
        assert_eq!(
            through["Resource"],
            json!(["arn:aws-us-gov:bedrock:*::foundation-model/anthropic.claude-x"])
        );
        assert_eq!(through["Condition"]["StringLike"]["bedrock:InferenceProfileArn"], profile);
        assert_eq!(policy["Statement"][2]["Resource"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn tokens_are_counted_for_the_model_itself() {
        let profile = "arn:aws:bedrock:eu-west-1:123456789012:application-inference-profile/abc";
        let models = ["us.anthropic.claude-x", "anthropic.claude-y", profile];
        let policy = least_policy(
            &[Activity::CountTokens, Activity::ModelBehindProfile],
            &scope("us-west-2", &models, &[]),
        )
        .unwrap();
        let expected = json!([
            {"Sid": "CountTokens", "Effect": "Allow", "Action": ["bedrock:CountTokens"], "Resource": [
                "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-x",
                "arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-y",
                "arn:aws:bedrock:eu-west-1::foundation-model/*",
            ]},
            {
                "Sid": "FindModelBehindProfile", "Effect": "Allow",
                "Action": ["bedrock:GetInferenceProfile"], "Resource": [profile],
            },
        ]);
        assert_eq!(policy["Statement"], expected);
    }

    #[test]
    fn a_batch_job_needs_its_models_its_role_and_its_folder() {
        let role = "arn:aws:iam::123456789012:role/batch";
        let without_role = scope("us-west-2", &["us.amazon.nova-x"], &["s3://demo/in"]);
        assert!(least_policy(&[Activity::BatchJob], &without_role).is_err());
        let scope = PolicyScope { role: Some(role.to_owned()), ..without_role };
        let policy = least_policy(&[Activity::BatchJob], &scope).unwrap();
        let created = json!([
            "arn:aws:bedrock:us-west-2:123456789012:inference-profile/us.amazon.nova-x",
            "arn:aws:bedrock:*::foundation-model/amazon.nova-x",
            "arn:aws:bedrock:us-west-2:123456789012:model-invocation-job/*",
        ]);
        assert_eq!(policy["Statement"][0]["Resource"], created);
        assert_eq!(policy["Statement"][1]["Action"], json!(["bedrock:GetModelInvocationJob"]));
        assert_eq!(policy["Statement"][2]["Resource"], json!([role]));
        assert_eq!(
            policy["Statement"][2]["Condition"]["StringEquals"]["iam:PassedToService"],
            "bedrock.amazonaws.com"
        );
        assert_eq!(policy["Statement"][3]["Resource"], json!(["arn:aws:s3:::demo/in/*"]));
        assert_eq!(policy["Statement"].as_array().unwrap().len(), 5);
        assert!(least_policy(&[Activity::Invoke], &scope).is_err(), "a bucket and a role that nothing needs");
    }

    #[test]
    fn everything_is_not_the_least() {
        let nothing = scope("us-west-2", &[], &[]);
        for activity in [Activity::Invoke, Activity::CountTokens, Activity::Async] {
            assert!(least_policy(&[activity], &nothing).is_err(), "{activity:?}");
        }
        assert!(least_policy(&[Activity::Async], &scope("us-west-2", &["luma.ray-v2:0"], &[])).is_err());
        assert!(least_policy(&[Activity::Models, Activity::ApiKey, Activity::Doctor], &nothing).is_ok());
    }
}
