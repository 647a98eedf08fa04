# The AppArmor profile that the package brings is one that the parser takes.
load ../lib/common

@test "apparmor_parser reads the profile, and it is for the program" {
	PATH=$PATH:/usr/sbin:/sbin
	requires apparmor_parser
	local profile=$TOP/debian/apparmor-profile base=${APPARMOR_ETC:-/etc/apparmor.d}
	cp "$profile" profile
	# A parser before 4 has no such rule: the rest is what it can judge.
	[[ -e $base/abi/4.0 ]] || sed -i 's,^abi <abi/4\.0>,abi <abi/3.0>,; /^  userns,$/d' profile
	apparmor_parser --base "$base" -Q -K profile
	same "$(apparmor_parser --base "$base" -N -Q -K profile)" detbuild
	grep -q '^  userns,$' "$profile"
	sed -i 's/^profile/proflie/' profile
	run ! apparmor_parser --base "$base" -Q -K profile
}
