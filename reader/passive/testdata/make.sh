#!/bin/sh
# Makes the vectors of this folder with openssl alone, so that another hand than
# ours signs what the tests verify. For each kind: the issuer's certificate
# (csca.der), EF.SOD (sod.bin) over dg1.bin and dg2.bin. Keys are thrown away.
# dg1.bin and dg2.bin are invented and stay as they are. Needs openssl 3 and
# python3 (for the list of digests). Signatures and serial numbers differ at each
# run; with names of kinds as arguments only those are made.
set -eu
only=" $* "
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/ext.cnf" <<'CNF'
[csca]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[ds]
keyUsage = critical,digitalSignature
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ds_nousage]
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[ds_wrongusage]
keyUsage = critical,keyEncipherment
authorityKeyIdentifier = keyid
CNF

# kind csca-key ds-key digest ds-extensions [sigopts...]
make_kind() {
	kind=$1 ca_key=$2 ds_key=$3 digest=$4 ext=$5
	shift 5
	case $only in "  " | *" $kind "*) ;; *) return 0 ;; esac
	mkdir -p "$kind"
	genkey "$ca_key" "$work/ca.pem"
	genkey "$ds_key" "$work/ds.pem"
	openssl req -new -x509 -key "$work/ca.pem" -"$digest" "$@" -days 36500 -set_serial 1 \
		-subj "/C=VN/O=Synthetic/CN=Vector CSCA $kind" \
		-extensions csca -config "$work/ext.cnf.req" -out "$work/ca.crt"
	openssl req -new -key "$work/ds.pem" -"$digest" "$@" -subj "/C=VN/O=Synthetic/CN=Vector DS $kind" \
		-config "$work/ext.cnf.req" -out "$work/ds.csr"
	openssl x509 -req -in "$work/ds.csr" -CA "$work/ca.crt" -CAkey "$work/ca.pem" -set_serial 2 -"$digest" "$@" \
		-days 36500 -extfile "$work/ext.cnf" -extensions "$ext" -out "$work/ds.crt" 2>/dev/null
	openssl x509 -in "$work/ca.crt" -outform DER -out "$kind/csca.der"
	python3 digests.py "$digest" dg1.bin dg2.bin >"$work/lds.der"
	keyopts=
	case "$*" in
	*mgf1_md:sha1*) keyopts="-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:20 -keyopt rsa_mgf1_md:sha1" ;;
	*saltlen:0*) keyopts="-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:0" ;;
	*pss*) keyopts="-keyopt rsa_padding_mode:pss -keyopt rsa_pss_saltlen:-1" ;;
	esac
	# shellcheck disable=SC2086
	openssl cms -sign -binary -nodetach -nosmimecap -econtent_type 2.23.136.1.1.1 -md "$digest" -in "$work/lds.der" \
		-signer "$work/ds.crt" -inkey "$work/ds.pem" $keyopts ${cms_options:-} -outform DER -out "$work/cms.der"
	python3 digests.py wrap "$work/cms.der" >"$kind/sod.bin"
}

genkey() {
	case $1 in
	rsa*) openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${1#rsa}" -out "$2" 2>/dev/null ;;
	*:explicit) openssl ecparam -name "${1%:explicit}" -param_enc explicit -genkey -noout -out "$2" ;;
	*) openssl ecparam -name "$1" -genkey -noout -out "$2" ;;
	esac
}

{ printf '[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN=x\n'; cat "$work/ext.cnf"; } >"$work/ext.cnf.req"

make_kind brainpool256 brainpoolP256r1 brainpoolP256r1 sha256 ds
make_kind brainpool384-explicit brainpoolP384r1:explicit brainpoolP256r1:explicit sha384 ds
make_kind brainpool512-explicit brainpoolP512r1:explicit brainpoolP512r1:explicit sha512 ds
make_kind nist-p521 secp521r1 secp384r1 sha512 ds
make_kind nist-p224 secp384r1 secp224r1 sha224 ds
make_kind rsa rsa3072 rsa2048 sha256 ds
make_kind rsa-pss rsa3072 rsa2048 sha256 ds -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32
make_kind no-usage prime256v1 prime256v1 sha256 ds_nousage
make_kind wrong-usage prime256v1 prime256v1 sha256 ds_wrongusage
cms_options=-keyid # the signer is named by its key, not by issuer and serial
make_kind key-id brainpoolP384r1 brainpoolP256r1 sha256 ds
cms_options=
make_kind other-curve secp256k1:explicit secp256k1:explicit sha256 ds
pss="-sigopt rsa_padding_mode:pss -sigopt"
# shellcheck disable=SC2086
make_kind rsa-pss-mask rsa3072 rsa2048 sha256 ds $pss rsa_pss_saltlen:20 -sigopt rsa_mgf1_md:sha1 # two hashes
# shellcheck disable=SC2086
make_kind rsa-pss-nosalt rsa2048 rsa2048 sha512 ds $pss rsa_pss_saltlen:0
cms_options="-stream -indef" # BER: indefinite lengths, octet strings in pieces
make_kind indefinite brainpoolP256r1 brainpoolP256r1 sha256 ds
cms_options=
make_kind rsa-short rsa2048 rsa512 sha256 ds # too short to say anything
