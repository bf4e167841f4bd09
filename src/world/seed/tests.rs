use super::*;

#[test]
fn a_file_names_only_what_differs() {
    let seed = Seed::from_json(r#"{"bot_name": "Phone Bot", "pbx_locations": ["1", "2"]}"#).unwrap();
    assert_eq!((seed.bot_name.as_str(), seed.pbx_locations.len()), ("Phone Bot", 2));
    assert_eq!(seed.users, Seed::default().users);
    assert!(Seed::from_json(r#"{"bot_nmae": "Phone Bot"}"#).is_err());
    let whole = serde_json::to_string(&Seed::default()).unwrap();
    assert_eq!(Seed::from_json(&whole).unwrap().pbx, Pbx::default());
}

#[test]
fn every_subject_has_an_extension_and_one_condition() {
    let seed = Seed::default();
    let user = |name: &str| {
        let upn = format!("{name}@contoso.com");
        seed.users.iter().find(|u| u.user_principal_name == upn).unwrap()
    };
    for (name, extension) in
        [("alice", "1000"), ("amir", "1001"), ("zoe", "1002"), ("good001", "2001"), ("good100", "2100")]
    {
        assert!(user(name).has_phone_system());
        assert_eq!(seed.pbx.users[extension].email, format!("{name}@contoso.com"));
    }
    for name in ["nolicence", "virtual", "suspended", "brokenall"] {
        assert!(!user(name).has_phone_system(), "{name}");
    }
    assert!(user("grace").has_phone_system());
    assert!(!user("disabled").account_enabled);
    assert_eq!(user("noname").surname, None);
    let renamed = Seed::default().with_all_company_as_sync_group();
    assert_eq!(renamed.groups[0].mail_nickname, "allcompany");
}
